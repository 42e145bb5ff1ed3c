#!/usr/bin/env python3
"""Checks what itam exports: a second implementation of docs/auditing.md that shares nothing with the first.
    python3 verify_itam.py FILE... --key VKEY|FILE [--witness VKEY|FILE]...    (FILE: export, evidence or checkpoint)"""
import argparse, base64, functools, hashlib, json, os, re, struct, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

class Lie(Exception): pass
def must(holds, what):
    if not holds: raise Lie(what)
def unique(pairs): return must(len(dict(pairs)) == len(pairs), "a field stands there twice") or dict(pairs)
def load(text): return json.loads(text, object_pairs_hook=unique)
def unbase64(text): return base64.b64decode(text, validate=True)
def node(left, right): return hashlib.sha256(b"\x01" + left + right).digest()
def split(size): return 1 << (size - 1).bit_length() - 1  # the largest power of two below the size
def leaf_of(event):
    (form, text), = event["body"].items()
    must(form in ("text", "base64"), "a body has another form")
    body, subject = text.encode() if form == "text" else unbase64(text), event["subject"].encode()
    return hashlib.sha256(b"\0" + struct.pack(">QI", event["position"], len(subject)) + subject + body).digest()
def believed(event):  # what no itam wrote there is proven with the rest, and is no event
    names = "id source type datacontenttype dataschema time effectivetime actor actorkind commandid commanddigest data"
    try:
        body = load(event["body"]["text"])
        claimed = f"itam.{body['tenant']}.event." + body["subject"].replace("/", ".", 1)
        is_whole = all(name in body for name in names.split()) and type(body["aggregateversion"]) is int
        return body if is_whole and body["specversion"] == "1.0" and claimed == event["subject"] else None
    except (Lie, ValueError, LookupError, TypeError, AttributeError): return None
def included(leaf, index, size, path):  # RFC 6962, 2.1.1: the root that the path leads to
    if size == 1 or not path: return leaf if (size, path) == (1, []) else b""
    left, rest, last = split(size), path[:-1], path[-1]
    if index < left: return node(included(leaf, index, left, rest), last)
    return node(last, included(leaf, index - left, size - left, rest))
def consistent(first, size, path, old, top=True):  # RFC 6962, 2.1.2: both roots that the path leads to
    if first == size: return [old] * 2 if top and not path else path * 2 if not top and len(path) == 1 else [b""] * 2
    left, rest, last = split(size), path[:-1], path[-1] if path else b""
    if first > left: return [node(last, root) for root in consistent(first - left, size - left, rest, old, False)]
    before, after = consistent(first, left, rest, old, top)
    return [before, node(after, last)]
def push(peaks, size, leaf):
    while size & 1: leaf, size = node(peaks.pop(), leaf), size >> 1
    peaks.append(leaf)
def root_of(peaks):
    return functools.reduce(lambda root, peak: node(peak, root), peaks[::-1]) if peaks else None
def keys_of(texts):
    for text in texts: yield from open(text, encoding="utf-8").read().split() if os.path.exists(text) else [text]

class Verifier:
    def __init__(self, keys, witnesses):
        # The successor of each trusted key, once known; all links between keys; roots seen, and those an export met.
        self.successors, self.witnesses, self.links, self.roots = dict.fromkeys(keys), witnesses, [], {}
        self.met, self.compares = set(), False
    def signed(self, note, vkey):  # whether the key's line stands under the note; then it must be right
        name, number, raw = vkey.split("+", 2)
        number, raw, (text, _, lines) = bytes.fromhex(number), unbase64(raw), note.rpartition("\n\n")
        must(hashlib.sha256(f"{name}\n".encode() + raw).digest()[:4] == number and raw[0] in (1, 4), f"no key: {vkey}")
        for line in lines.splitlines():
            (dash, owner, signature), said = line.split(" "), f"{text}\n".encode()
            must(dash == "—" and lines.endswith("\n"), "not a signed note")
            if (owner, (signature := unbase64(signature))[:4]) != (name, number): continue
            if raw[0] == 4: said = f"cosignature/v1\ntime {int.from_bytes(signature[4:12], 'big')}\n".encode() + said
            try: Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature[4 if raw[0] == 1 else 12:], said)
            except InvalidSignature: raise Lie(f"the signature of {name}+{number.hex()} is wrong") from None
            return True
    def statement(self, note):
        title, origin, size, old, new = note.rpartition("\n\n")[0].split("\n")
        is_loss = ("itam key statement v1", "itam key loss statement v1").index(title)  # a lost key vouches for nobody
        ours = {key.split("+")[0] for key in (old, new)} == {origin}
        must(ours and all(self.signed(note, key) for key in (old, new)[is_loss:]), "a key is not signed")
        self.links.append((old, int(size), new, is_loss))
        for old, size, new, is_loss in [link for _ in self.links for link in self.links]:
            if old not in self.successors or is_loss and new not in self.follow(dict(self.successors)): continue
            must(self.successors[old] in (None, (size, new)), f"the key {old} has two successors")
            self.successors.update({old: (size, new)} if is_loss else {old: (size, new), new: self.successors.get(new)})
    def follow(self, follows):  # adds the keys before the trusted ones, each with its successor
        for _ in self.links: follows.update({old: (upto, new) for old, upto, new, _ in self.links if new in follows})
        return follows
    def see(self, origin, size, root, compared=True):
        must(self.roots.setdefault((origin, size), root) == root, f"position {size}: {origin} has shown two histories")
        if compared: self.met.add((origin, size))
    def checkpoint(self, note):
        origin, size, root, time = note.rpartition("\n\n")[0].split("\n")
        must(re.fullmatch("itam/[a-z0-9-]+/[0-9a-f]{32}", origin) and re.fullmatch("[1-9][0-9]*", size), "no note")
        size, root, follows = int(size), unbase64(root), self.follow(dict(self.successors))
        signers = [key for key in follows if key.split("+")[0] == origin and self.signed(note, key)]
        signers = [key for key in signers if not follows[key] or size < follows[key][0]]
        must(signers, f"the checkpoint of {size} is not signed, or its key was replaced")
        if not set(signers) & set(self.successors): return origin, size, root, None  # by a former key: no proof
        self.see(origin, size, root, False)
        witnessed = len([key for key in self.witnesses if self.signed(note, key)])
        print(f"  checkpoint of {size}, {time}: signed, and countersigned by {witnessed} of {len(self.witnesses)}")
        return origin, size, root, witnessed == len(self.witnesses)
    def export(self, lines):
        first = covered = origin = kind = None
        at, peaks, events, beyond, vouched = 0, [], 0, False, False  # the last checkpoint must bear every witness
        for number, line in enumerate(lines, 1):
            must(line.endswith((b"\n", b"}")), f"position {at + 1}: the file is cut off")
            before, ((kind, value),) = kind, load(line).items()
            must(kind == "export" or before not in (None, "end"), f"line {number}: {kind} is out of place")
            if kind == "export":
                came = value["from"] - 1, [unbase64(peak) for peak in value["peaks"]], value["origin"]
                must(value["format"] == 1 and bin(came[0]).count("1") == len(came[1]), "not a header")
                must(before is None or came == (at, peaks, origin), f"line {number}: what follows is another history")
                (at, peaks, origin), events, beyond = came, 0, False
                first = first or (at, root_of(peaks))
            elif kind == "event":
                must(value["position"] == at + 1, f"position {at + 1} should come here, not {value['position']}")
                leaf, at, events = leaf_of(value), at + 1, events + 1
                must(leaf == unbase64(value["leaf"]) and not beyond, f"position {at}: it was edited")
                must(at > 1 or origin.endswith("/" + leaf.hex()[:32]), "position 1 is not that of this log")
                push(peaks, at - 1, leaf)
                if (origin, at) in self.roots: self.see(origin, at, root_of(peaks))
            elif kind == "statement": self.statement(value)
            elif kind == "checkpoint":
                (owner, size, root, witnessed), own = self.checkpoint(value["note"]), root_of(peaks)
                path, since = [unbase64(h) for h in value["consistency"]], (covered or first[0]) + 1
                proven = size >= at and (consistent(at, size, path, own) == [own, root] if at else not path)
                must(owner == origin and proven, f"position {since} to {at}: not what the checkpoint of {size} is of")
                if witnessed is not None: covered, vouched, _ = at, witnessed, self.see(origin, size, root)
                beyond = beyond or size > at
            else: must(kind == "end" and value == {"events": events, "to": at}, f"line {number}: events are missing")
        must(kind == "end", f"position {at + 1}: the file is cut off")
        must(covered == at and vouched, f"position {at}: no checkpoint, or no witness, covers it")
        for size, root in (first, (at, root_of(peaks))): size and self.see(origin, size, root)
        return f"positions {first[0] + 1} to {at} of {origin} are whole and unaltered"
    def evidence(self, value):
        for note in value["statements"]: self.statement(note)
        origin, size, root, witnessed = self.checkpoint(value["checkpoint"])
        must(witnessed and (1, origin) == (value["format"], value["origin"]), "no witness, or another log")
        number, place = 0, f"itam.{origin.split('/')[1]}.event.asset.{value['asset']}"
        for event in value["events"]:
            at = event["position"]
            must(0 < at <= size, f"position {at} is beyond the checkpoint, which covers {size}")
            led = included(leaf_of(event), at - 1, size, [unbase64(h) for h in event["inclusion"]])
            must(led == root and event["subject"] == place, f"position {at}: it is not in the checkpoint")
            if (body := believed(event)) is None or body["aggregateversion"] <= number: continue
            number += 1
            must(body["aggregateversion"] == number, f"position {at}: not event {number}")
        return f"{number} events of asset/{value['asset']} are in the checkpoint of {size}"
    def file(self, path, is_export):
        with open(path, "rb") as file:
            if is_export: return self.export(file)
            if (text := file.read().decode()).startswith("{"): return self.evidence(load(text)["evidence"])
        origin, size, _, witnessed = self.checkpoint(text.rstrip("\n") + "\n")
        must(witnessed or self.compares, "a witness did not countersign it")
        return f"the checkpoint of {size} of {origin} is signed"

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Checks exports, evidence and checkpoints of itam.")
    for name in ("--key", "--witness"): parser.add_argument(name, action="append", default=[])
    args = parser.add_argument("files", nargs="+") and parser.parse_args()
    verifier = Verifier(keys_of(args.key), list(keys_of(args.witness)))
    is_export = {path: open(path, "rb").read(9).startswith(b'{"export"') for path in args.files}
    verifier.compares = any(is_export.values())  # with what an export ends with, which covers what was kept
    for path in sorted(args.files, key=is_export.get):  # what was kept comes first, to be compared with the exports
        try: print(f"{path}: {verifier.file(path, is_export[path])}")
        except (Lie, ValueError, LookupError, TypeError, AttributeError) as error: sys.exit(f"{path}: wrong: {error}")
    missing = [] if not verifier.compares else sorted(set(verifier.roots) - verifier.met)
    sys.exit(f"no export passes the checkpoints {missing}" if missing else 0)
