//! The tree against `ct-merkle`, and its file.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof};
use itam_proof::{Frontier, Hash, TreeError, TreeReader, TreeWriter, check_consistency, check_inclusion};
use proptest::prelude::*;
use sha2::Sha256;

use crate::world::World;

type Second = MemoryBackedTree<Sha256, Vec<u8>>;

/// What the leaf of a message is the hash of, written down a second time.
fn record(world: &World, index: usize) -> Vec<u8> {
    let message = &world.messages[index];
    let mut record = message.position.to_be_bytes().to_vec();
    record.extend(u32::try_from(message.subject.len()).expect("short").to_be_bytes());
    record.extend(message.subject.as_bytes());
    record.extend(&message.body);
    record
}

fn second(world: &World, size: u64) -> Second {
    let mut tree = Second::new();
    (0..usize::try_from(size).expect("small")).for_each(|index| tree.push(record(world, index)));
    tree
}

fn bytes(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

fn flipped(hash: Hash, bit: usize) -> Hash {
    let mut bytes = *hash.as_bytes();
    bytes[bit / 8 % 32] ^= 1 << (bit % 8);
    Hash::from_bytes(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn roots_and_proofs_are_those_of_the_second_implementation(
        size in 1_u64..1400, part in 0_u64..10_000, position in 0_u64..10_000, bit in 0_usize..100_000,
    ) {
        let world = World::new(size, "a");
        let (older, position) = (part % size + 1, position % size + 1);
        let (tree, before) = (second(&world, size), second(&world, older));
        let snapshot = world.snapshot();
        let (root, older_root) = (snapshot.root(size).unwrap(), snapshot.root(older).unwrap());
        let (their_root, their_older) = (tree.root(), before.root());
        prop_assert_eq!(root.as_bytes().as_slice(), their_root.as_bytes().as_slice());
        prop_assert_eq!(older_root.as_bytes().as_slice(), their_older.as_bytes().as_slice());

        let proof = snapshot.prove_inclusion(position, size).unwrap();
        let index = usize::try_from(position - 1).unwrap();
        let theirs: InclusionProof<Sha256> = tree.prove_inclusion(index);
        prop_assert_eq!(&bytes(&proof), theirs.as_bytes());
        let leaf = snapshot.leaf(position).unwrap();
        prop_assert_eq!(check_inclusion(&proof, position, leaf, size, root), Ok(()));
        tree.root().verify_inclusion(&record(&world, index), position - 1, &theirs).unwrap();

        let consistency = snapshot.prove_consistency(older, size).unwrap();
        let theirs: ConsistencyProof<Sha256> = tree.prove_consistency(usize::try_from(size - older).unwrap());
        prop_assert_eq!(&bytes(&consistency), theirs.as_bytes());
        prop_assert_eq!(check_consistency(&consistency, (older, older_root), (size, root)), Ok(()));

        // One bit anywhere, and nothing is proven.
        prop_assert!(check_inclusion(&proof, position, flipped(leaf, bit), size, root).is_err());
        prop_assert!(check_inclusion(&proof, position, leaf, size, flipped(root, bit)).is_err());
        if !proof.is_empty() {
            let mut wrong = proof.clone();
            wrong[bit / 256 % proof.len()] = flipped(wrong[bit / 256 % proof.len()], bit % 256);
            prop_assert!(check_inclusion(&wrong, position, leaf, size, root).is_err());
            prop_assert!(check_inclusion(&proof[1..], position, leaf, size, root).is_err());
        }
        if older < size {
            let (ours, theirs) = ((older, flipped(older_root, bit)), (size, flipped(root, bit)));
            prop_assert!(check_consistency(&consistency, ours, (size, root)).is_err());
            prop_assert!(check_consistency(&consistency, (older, older_root), theirs).is_err());
            let mut wrong = consistency.clone();
            wrong[bit / 256 % consistency.len()] = flipped(wrong[bit / 256 % consistency.len()], bit % 256);
            prop_assert!(check_consistency(&wrong, (older, older_root), (size, root)).is_err());
        }
    }

    #[test]
    fn leaves_come_in_any_portions_and_the_file_may_be_closed_between_them(
        portions in proptest::collection::vec(0_u64..700, 1..6),
    ) {
        let total: u64 = portions.iter().sum::<u64>().max(1);
        let world = World::new(total, "a");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("merkle.redb");
        let mut next = 0;
        for portion in portions {
            let mut tree = TreeWriter::open(&path, "main").unwrap();
            prop_assert_eq!(tree.size(), next);
            let leaves = world.messages.iter().map(|message| message.leaf().hash());
            let count = usize::try_from(portion).unwrap();
            next = tree.append(leaves.skip(usize::try_from(next).unwrap()).take(count)).unwrap();
            prop_assert_eq!(tree.root(), world.snapshot().root(next).unwrap());
        }
    }
}

#[test]
fn the_frontier_goes_on_from_any_size_to_the_same_root() {
    let world = World::new(700, "a");
    let snapshot = world.snapshot();
    for size in [0, 1, 2, 3, 255, 256, 257, 511, 512, 699] {
        let mut frontier = if size == 0 { Frontier::default() } else { snapshot.frontier(size).unwrap() };
        assert_eq!(frontier.root(), if size == 0 { Hash::EMPTY_ROOT } else { snapshot.root(size).unwrap() });
        (size + 1..=700).for_each(|position| frontier.push(snapshot.leaf(position).unwrap()));
        assert_eq!(frontier.root(), snapshot.root(700).unwrap());
    }
}

#[test]
fn what_the_tree_does_not_cover_is_refused_by_name() {
    let snapshot = World::new(10, "a").snapshot();
    assert!(matches!(snapshot.leaf(11), Err(TreeError::OutOfRange { asked: 11, size: 10 })));
    assert!(matches!(snapshot.root(11), Err(TreeError::OutOfRange { .. })));
    let beyond = snapshot.prove_inclusion(8, 7).unwrap_err();
    assert_eq!(beyond.to_string(), "position 8 is beyond the checkpoint, which covers 7");
    assert_eq!(snapshot.prove_inclusion(0, 7).unwrap_err().to_string(), "positions start at 1");
    assert!(snapshot.prove_consistency(0, 7).is_err());
    assert!(snapshot.prove_consistency(8, 7).is_err());
    let beyond = check_inclusion(&[], 8, Hash::EMPTY_ROOT, 7, Hash::EMPTY_ROOT).unwrap_err();
    assert_eq!(beyond.to_string(), "position 8 is beyond the checkpoint, which covers 7");
    assert!(check_inclusion(&vec![Hash::EMPTY_ROOT; 66], 1, Hash::EMPTY_ROOT, 7, Hash::EMPTY_ROOT).is_err());
}

#[test]
fn a_reader_beside_the_writer_sees_what_is_committed_and_keeps_what_it_saw() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("merkle.redb");
    assert!(matches!(TreeReader::open(&path), Err(TreeError::NotBuilt(_))));
    let world = World::new(300, "a");
    let leaf = |index: usize| world.messages[index].leaf().hash();
    let mut tree = TreeWriter::open(&path, "main").unwrap();
    tree.append((0..100).map(leaf)).unwrap();
    let reader = TreeReader::open(&path).unwrap();
    let before = reader.snapshot().unwrap();
    tree.append((100..300).map(leaf)).unwrap();
    let after = reader.snapshot().unwrap();
    assert_eq!((before.size(), after.size(), after.tenant()), (100, 300, "main"));
    assert_eq!(before.root(100).unwrap(), after.root(100).unwrap());
    assert_eq!(after.root(300).unwrap(), world.snapshot().root(300).unwrap());
    assert!(matches!(TreeWriter::open(&path, "main"), Err(TreeError::InUse(_))));
}

#[test]
fn a_file_of_another_tenant_or_of_nobody_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("merkle.redb");
    drop(TreeWriter::open(&path, "main").unwrap());
    assert!(matches!(TreeWriter::open(&path, "other"), Err(TreeError::OtherTenant { .. })));
    std::fs::write(&path, "no redb file, but long enough to be taken for one, perhaps").unwrap();
    assert!(matches!(TreeWriter::open(&path, "main"), Err(TreeError::Damaged(_))));
}
