//! Files of other programs, with the headers that they write and rows of our own. Each of them comes in
//! whole, and again without an event.

use itam_domain::Currency;
use itam_domain::asset::Asset;
use serde_json::json;

use super::super::mapping::{Mapping, SHIPPED};
use super::super::master_kind::MasterKind;
use super::super::renamed::RenamedHeaders;
use super::super::summary::ImportSummary;
use super::{Fake, Folder, counts, job, run};

const PEOPLE: &str = "First Name,Last Name,Email,Username\nAda,Quill,ada@example.org,aquill\n";

/// Imports a file of a layout by a shipped mapping, or by none, behind a file of people.
async fn bring(mapping: Option<&str>, text: &str, rows: u64) -> (Fake, ImportSummary) {
    let (folder, fake) = (Folder::new(), Fake::of("asset-manager"));
    let people = folder.write("people.csv", PEOPLE);
    run(&fake, &job(&[&people])).await.expect("imported");
    let path = folder.write("file.csv", text);
    let mut job = job(&[&path]);
    job.values.currency = Currency::try_new("EUR").ok();
    if let Some(name) = mapping {
        let mapping = Mapping::load(name).expect(name);
        job.declared.renamed = RenamedHeaders::new(&mapping.columns, &[], &[]).expect(name);
        job.values.statuses = mapping.statuses;
    }
    let summary = run(&fake, &job).await.unwrap_or_else(|error| panic!("{mapping:?}: {error}"));
    let taken = summary.rows.created + summary.rows.updated + summary.rows.unchanged;
    assert_eq!((taken, summary.rows.rejected), (rows, 0), "{mapping:?}: {:?}", summary.files);
    let again = run(&fake, &job).await.expect("imported");
    assert_eq!((again.rows.rejected, again.events), (0, 0), "{mapping:?}: {:?}", again.files);
    (fake, summary)
}

fn asset(fake: &Fake, tag: &str) -> Asset {
    fake.asset(tag).unwrap_or_else(|| panic!("there is no {tag}"))
}

fn state(asset: &Asset) -> &'static str {
    asset.state().as_str()
}

fn serial(asset: &Asset) -> String {
    asset.facts.serial.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn name(asset: &Asset) -> String {
    asset.facts.name.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn notes(asset: &Asset) -> String {
    asset.facts.notes.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn cost(asset: &Asset) -> String {
    asset.facts.costs.as_ref().map(|costs| costs.price.to_string()).unwrap_or_default()
}

#[tokio::test]
async fn computers_of_glpi() {
    let text = "\"Name\";\"Entity\";\"Status\";\"Manufacturer\";\"Serial number\";\"Inventory number\";\"Type\";\"Model\";\
        \"Operating System - Name\";\"Location\";\"User\";\"Comments\";\"Last update\";\"Components - Processor\";\
        \"Financial and administrative information - Date of purchase\";\
        \"Financial and administrative information - Value\";\
        \"Financial and administrative information - Warranty expiration date\";\n\
        \"pc-1\";\"Nordhafen > Store\";\"In use\";\"Ferrum\";\"F-1\";\"G-1\";\"Laptop\";\"Book 13\";\"Linux\";\"Pier > Room 1\";\
        \"aquill\";\"blue\ncase\";\"2026-01-10 08:00\";\"CPU\nCPU\";\"2024-02-01\";\"1200.00\";\"2027-02-01\";\n\
        \"pc-2\";\"Nordhafen\";\"\";\"Ferrum\";\"\";\"G-2\";\"\";\"Book 13\";\"\";\"\";\"\";\"\";\"\";\"\";\"\";\"\";\"\";\n";
    let (fake, _) = bring(Some("glpi-computers"), text, 2).await;
    let first = asset(&fake, "G-1");
    assert_eq!((serial(&first).as_str(), name(&first).as_str(), state(&first)), ("F-1", "pc-1", "deployed"));
    assert_eq!((notes(&first).as_str(), cost(&first).as_str()), ("blue\ncase", "1200.00 EUR"));
    assert_eq!(first.facts.warranty_until.expect("a day").to_string(), "2027-02-01");
}

#[tokio::test]
async fn devices_of_netbox_as_they_are_seen_and_as_they_are_imported() {
    let seen = "Name,Status,Tenant,Site,Location,Rack,Role,Manufacturer,Type,IP Address,ID,Serial number,Asset tag,Position,\
        Description,Comments,Tags\n\
        core-1,Active,Nordhafen,Pier,,R1,Core switch,Ferrum,SW 48,192.0.2.1/24,1,F-1,N-1,12.0,,main,\n\
        core-2,Failed,Nordhafen,Pier,Room 1,R1,Core switch,Ferrum,SW 48,,2,,N-2,,,,\n";
    let (fake, _) = bring(Some("netbox-devices"), seen, 2).await;
    let first = asset(&fake, "N-1");
    assert_eq!(notes(&first), "Rack: R1\nPosition: 12.0\nComments: main");
    assert_eq!(state(&asset(&fake, "N-2")), "in_maintenance");
    assert_ne!(first.facts.location_id, asset(&fake, "N-2").facts.location_id);

    let form = "name,role,tenant,manufacturer,device_type,platform,serial,asset_tag,status,site,location,rack,position,face\n\
        core-3,server,Nordhafen,Ferrum,SV 2,,F-3,N-3,active,Pier,,,,\n";
    let (fake, _) = bring(Some("netbox-devices"), form, 1).await;
    assert_eq!(serial(&asset(&fake, "N-3")), "F-3");
}

#[tokio::test]
async fn assets_of_ralph_in_data_centers_and_offices() {
    let center = "rack,rack_str,budget_info,budget_info_str,parent,parent_str,service_env,service_env_str,management_ip,model,id,\
        model_str,created,modified,remarks,hostname,sn,barcode,niw,required_support,order_no,invoice_no,invoice_date,price,\
        provider,depreciation_rate,force_depreciation,depreciation_end_date,property_of,property_of_str,status,position,\
        orientation,slot_no,price_currency\n\
        7,R7 (Hall 1),,,,,3,Shop - production,,5,1,[Server] Ferrum SV 2,2024-01-01 10:00:00,2024-01-01 10:00:00,,sv-1,F-1,R-1,,0,\
        ON-1,,2024-01-02,900.00,Kontor,25.00,0,2027-12-31,1,Nordhafen,2,12,1,,PLN\n\
        ,,,,,,,,,5,2,[Server] Ferrum SV 2,,,,sv-2,F-2,R-2,,0,,,,0.00,,25.00,0,,,,5,,,,PLN\n";
    let (fake, _) = bring(Some("ralph-data-center"), center, 2).await;
    let first = asset(&fake, "R-1");
    assert_eq!((cost(&first).as_str(), name(&first).as_str()), ("900.00 PLN", "sv-1"));
    assert_eq!(notes(&first), "service_env_str: Shop - production\nposition: 12");
    assert_eq!(state(&asset(&fake, "R-2")), "retired");

    let office = "id,sn,barcode,hostname,model,model_str,status,user,user_str,owner,owner_str,warehouse,warehouse_str,location,\
        region,region_str,property_of,property_of_str,price,price_currency,invoice_date,order_no,remarks,purchase_order,\
        loan_end_date\n\
        1,F-3,R-3,nb-1,4,[Laptop] Ferrum Book 13,4,aquill,aquill,aquill,aquill,1,Pier,Room 1,1,PL,1,Nordhafen,1000.00,EUR,\
        2024-01-02,,,,\n\
        2,F-4,R-4,nb-2,4,[Laptop] Ferrum Book 13,8,,,,,1,Pier,,1,PL,,,0.00,EUR,,,,,\n";
    let (fake, _) = bring(Some("ralph-back-office"), office, 2).await;
    assert_eq!(state(&asset(&fake, "R-3")), "deployed");
    assert_eq!(state(&asset(&fake, "R-4")), "in_maintenance");
}

#[tokio::test]
async fn assets_of_shelf_as_they_are_exported_and_as_they_are_imported() {
    let export = "Asset ID,QR ID,Name,Status,Description,Value,Available to book,Created at,Category,Tags,Location,Kit,Custody,\
        Asset model,Quantity,Tracking method\n\
        SAM-0001,q1,Camera 1,IN_CUSTODY,as new,\"€1,200.00\",Yes,2025-01-02,Cameras,\"a, b\",Pier,,Ada Quill,C 100,,Individual\n\
        SAM-0002,q2,Camera 2,AVAILABLE,,,Yes,2025-01-02,Cameras,,Pier,Kit 1,,C 100,,Individual\n";
    let (fake, _) = bring(Some("shelf-export"), export, 2).await;
    let first = asset(&fake, "SAM-0001");
    assert_eq!((state(&first), cost(&first).as_str()), ("deployed", "1200.00 EUR"));
    assert_eq!(notes(&first), "Description: as new\nTags: a, b");

    let template = "title,description,kit,category,tags,location,valuation,custodian,bookable,barcode_Code128,barcode_Code39,\
        assetModel,type,quantity,minQuantity,unitOfMeasure,consumptionType,\"cf: Serial number,type:text\",\"cf:brand, type:option\",\
        \"cf:purchase date, type:date\",\"cf:warranty cost, type:amount\"\n\
        Camera 1,,,Cameras,,Pier,100,Ada Quill,yes,CAM1,,C 100,INDIVIDUAL,,,,,F-1,Ferrum,2024-02-22,9.99\n";
    let (fake, _) = bring(Some("shelf-template"), template, 1).await;
    let asset = asset(&fake, "CAM1");
    assert_eq!((serial(&asset).as_str(), name(&asset).as_str()), ("F-1", "Camera 1"));
    assert_eq!(asset.facts.acquired_on.expect("a day").to_string(), "2024-02-22");
}

#[tokio::test]
async fn the_report_and_the_list_of_snipe_it() {
    let report = "ID,Company,Asset Name,Asset Tag,Model,Model No.,Category,Manufacturer,Serial,Purchased,Cost,EOL,Warranty,\
        Warranty Expires,Current Value,Diff,Fully Depreciated,Order Number,Supplier,Location,Address,Address,City,State,Country,\
        Zip,Default Location,Checked Out,Type,Username,Employee No.,Manager,Department,Title,Phone,Status,Checkout Date,\
        Last Checkin Date,Expected Checkin Date,Created At,Updated at,Deleted,Last Audit,Next Audit Date,Notes,URL\n\
        1,Nordhafen,nb-1,S-1,Book 13,FB13,Laptops,Ferrum,F-1,2024-01-02,\"1,200.50\",2029-01-02,36,2027-01-02,100,1100,,ON-1,Kontor,\
        Pier,Quay 1,,Hafen,,DE,1,Pier,Ada Quill,user,aquill,7,Cy Doe,Sales,Pilot,123,Ready to Deploy (deployed),\
        2025-06-01 09:00:00,,,2024-01-02 09:00:00,,,,,as new,https://it.example/hardware/1\n\
        2,Nordhafen,nb-2,S-2,Book 13,FB13,Laptops,Ferrum,F-2,,,,,,,,,,,Pier,,,,,,,,Hall,location,,,,,,,In use here (deployable),,\
        ,,,,,,,,\n\
        3,Nordhafen,nb-3,S-3,Book 13,FB13,Laptops,Ferrum,F-3,,,,,,,,,,,Pier,,,,,,,,,,,,,,,,Old ones (archived),,,,,,,,,,\n";
    let (fake, summary) = bring(Some("snipe-it-report"), report, 3).await;
    let first = asset(&fake, "S-1");
    assert_eq!((state(&first), cost(&first).as_str()), ("deployed", "1200.50 EUR"));
    assert_eq!(first.facts.end_of_life_on.expect("a day").to_string(), "2029-01-02");
    assert_eq!((state(&asset(&fake, "S-2")), state(&asset(&fake, "S-3"))), ("deployed", "retired"));
    // The department is hers, and no cost center of the asset.
    assert_eq!(summary.master_data[&MasterKind::Department].created, 1);

    let list = "ID,Company,Asset Name,Device Image,Asset Tag,Serial,Model,Model No.,Category,Status,Checked Out To,\
        Employee Number,Location,Default Location,Manufacturer,Supplier,Purchase Date,Age,Purchase Cost,Order Number,EOL Rate,\
        EOL Date,Warranty,Warranty Expires,Requestable,Notes,Checkouts,Checkins,Requests,Created At,Updated at,Checkout Date,\
        Last Checkin Date,Expected Checkin Date,Last Audit,Next Audit Date,BYOD\n\
        1,Nordhafen,nb-1,,L-1,F-1,Book 13,FB13,Laptops,Ready to Deploy Deployed,Ada Quill,7,Pier,Pier,Ferrum,Kontor,2024-01-02,\
        2 years,\"1,200.50\",ON-1,60 months,2029-01-02,36 months,2027-01-02,,,3,2,0,,,2025-06-01,,,,,\n";
    let (fake, _) = bring(Some("snipe-it-list"), list, 1).await;
    let first = asset(&fake, "L-1");
    assert_eq!(
        (state(&first), first.facts.warranty_until.expect("a day").to_string().as_str()),
        ("deployed", "2027-01-02")
    );
}

#[tokio::test]
async fn the_three_files_of_mini_snipe_it() {
    let assets = "asset_tag;name;serial;model_name;manufacturer_name;category_name;status_name;location_name;assigned_username;\
        assigned_first_name;assigned_last_name;mac;pin;puk;rufnummer;ram;ssd;kerne;windows\n\
        M-1;Book 1;F-1;Book 13;Ferrum;Laptop;Einsatzbereit;Pier;aquill;Ada;Quill;00-00-5E-00-53-01;1234;5678;123;16 GB;;;\n\
        M-2;Book 2;F-2;Book 13;Ferrum;Laptop;Einsatzbereit;Pier;;;;;;;;;;;\n";
    let (fake, _) = bring(Some("mini-snipe-it-assets"), assets, 2).await;
    let first = asset(&fake, "M-1");
    assert_eq!((name(&first).as_str(), state(&first)), ("Book 1", "deployed"));
    assert_eq!(notes(&first), "mac: 00-00-5E-00-53-01\nram: 16 GB");
    let sent = serde_json::to_string(&fake.sent("register-asset")).expect("JSON");
    assert!(!sent.contains("1234") && !sent.contains("Ada"), "{sent}");

    let users = "username;email;first_name;last_name;location_name;personalnummer;vorgesetzter;status\n\
        broe;ben@example.org;Ben;Roe;Pier;007;Ada Quill;1\n";
    let (fake, _) = bring(Some("mini-snipe-it-users"), users, 1).await;
    let people = fake.register.borrow().people.clone();
    assert!(people.values().any(|person| person.get("employee_number") == Some(&json!("007"))), "{people:?}");

    let places = "name;address;city;kuerzel\nPier;Quay 1;Hafen;PI\n";
    let (_, summary) = bring(Some("mini-snipe-it-locations"), places, 1).await;
    assert_eq!(summary.rows, counts(1, 0, 0, 0));
}

#[tokio::test]
async fn the_seven_files_that_snipe_it_imports_itself() {
    for (text, rows) in [
        (
            "Company,Name,Asset Tag,Category,Supplier,Manufacturer,Location,Order Number,Model,Model Notes,Model Number,\
             Asset Notes,Purchase Date,Purchase Cost,Checkout Type,Checked Out To: Username,Checked Out To: First Name,\
             Checked Out To: Last Name,Checked Out To: Email,Checked Out To: Location,Asset EOL Date\n\
             Nordhafen,Dock 1,I-1,Laptops,Kontor,Ferrum,Pier,1,Book 13,,FB13,,1/23/24,10.50,User,aquill,Ada,Quill,,,\n",
            1,
        ),
        (
            "First Name,Last Name,Email,Username,Activated,Location,Address,City,State,Country,Postal Code,Website,Phone,\
             Job Title,Notes,Employee Number,Company,Manager,Remote,VIP,Start Date,End Date,Gravatar\n\
             Ben,Roe,ben@example.org,broe,true,Pier,,,,,,,,Pilot,,1,Nordhafen,,true,true,2022-03-18,,\n",
            1,
        ),
        (
            "Name,Category,Manufacturer,Model Notes,Model Number,Fieldset,Requestable,EOL,Min Qty\n\
             Book 13,Laptops,Ferrum,,FB13,,Y,36,50\n",
            1,
        ),
        (
            "name,address,address2,city,state,country,zip,notes,phone,fax,currency\n\
             Pier,Quay 1,,Hafen,,DE,1,,,,EUR\n",
            1,
        ),
        (
            "name,address,address2,city,state,country,zip,notes,contact,phone,fax\nKontor,Quay 2,,Hafen,,DE,1,,Cy,,\n",
            1,
        ),
        ("name,notes,support phone,support email,warranty lookup url,url\nFerrum,,,,,\n", 1),
        (
            "name,category type,notes,require acceptance,checkin email,use default eula,eula text\nLaptops,asset,,0,1,1,\n",
            1,
        ),
    ] {
        bring(None, text, rows).await;
    }
}

#[test]
fn every_shipped_mapping_has_a_test_here() {
    let tested = include_str!("layouts.rs");
    for (name, _) in SHIPPED {
        assert!(tested.contains(&format!("Some(\"{name}\")")), "{name}");
    }
}
