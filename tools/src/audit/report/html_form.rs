//! The report as a page that stands for itself: no script, nothing from elsewhere, fit to print.

use std::io::{self, Write};

use super::section::{ReportHead, Section, WRONG, cell};
use itam_domain::show_hidden_characters;

const STYLE: &str = "body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;\
color:#1a1a1a;background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}\
table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #ccc;padding:.25rem .5rem;\
text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f2f2f2}.note{color:#444}.wrong{color:#b00020;font-weight:bold}\
@media print{body{margin:0;max-width:none;font-size:10px}h2{break-after:avoid}tr{break-inside:avoid}\
thead{display:table-header-group}}";

/// Writes it.
pub(super) fn write(writer: &mut impl Write, head: &ReportHead, sections: &mut [Section]) -> io::Result<()> {
    write!(
        writer,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>Audit report</title><style>{STYLE}</style></head>\n<body><h1>Audit report</h1>\n<table>"
    )?;
    for (name, value) in head.items() {
        let value = cell(Some(value));
        let class = if value.starts_with(WRONG) { " class=\"wrong\"" } else { "" };
        let (name, value) = (words(name), escaped(&value));
        write!(writer, "<tr{class}><th scope=\"row\">{name}</th><td>{value}</td></tr>")?;
    }
    writer.write_all(b"</table>\n")?;
    for section in sections {
        write_section(writer, section)?;
    }
    writer.write_all(b"</body></html>\n")
}

fn write_section(writer: &mut impl Write, section: &mut Section) -> io::Result<()> {
    let (title, count) = (escaped(section.title), section.count());
    writeln!(writer, "<h2>{title} ({count})</h2>")?;
    if !section.note.is_empty() {
        writeln!(writer, "<p class=\"note\">{}</p>", escaped(&section.note))?;
    }
    if count == 0 {
        return writer.write_all(b"<p>None.</p>\n");
    }
    writer.write_all(b"<table><thead><tr>")?;
    for column in section.columns {
        write!(writer, "<th scope=\"col\">{}</th>", words(column))?;
    }
    writer.write_all(b"</tr></thead><tbody>\n")?;
    let columns = section.columns;
    section.each(|_, row| {
        writer.write_all(b"<tr>")?;
        for column in columns {
            write!(writer, "<td>{}</td>", escaped(&cell(row.get(*column))))?;
        }
        writer.write_all(b"</tr>\n")
    })?;
    writer.write_all(b"</tbody></table>\n")
}

/// A name in words.
fn words(name: &str) -> String {
    escaped(&name.replace('_', " "))
}

/// Text that a browser shows whole, and does not read as HTML.
fn escaped(text: &str) -> String {
    let text = show_hidden_characters(text);
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audit::report::{csv_form, json_form};

    fn report() -> (ReportHead, Vec<Section>) {
        let mut head = ReportHead::default();
        head.add("verdict", "WRONG: 1 finding");
        head.add("tenant", "<main>");
        head.add("last_position", 8);
        let mut section =
            Section::new("corrections", "Corrections", &["position", "old", "new"]).expect("a file");
        section
            .push(&json!({"position": 7, "old": "=cmd()", "new": "<script>alert('x')</script>&"}))
            .expect("kept");
        section.push(&json!({"position": 8, "old": null, "new": {"amount": "1.00"}})).expect("kept");
        let empty = Section::new("parked", "Parked events", &["why"]).expect("a file");
        (head, vec![section, empty])
    }

    fn text(write: impl FnOnce(&mut Vec<u8>, &ReportHead, &mut [Section]) -> io::Result<()>) -> String {
        let (head, mut sections) = report();
        let mut bytes = Vec::new();
        write(&mut bytes, &head, &mut sections).expect("written");
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn html_escapes_everything_and_asks_for_nothing() {
        let page = text(write);
        assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;"), "{page}");
        assert!(page.contains("&lt;main&gt;") && page.contains("None."), "{page}");
        assert!(page.contains("<tr class=\"wrong\"><th scope=\"row\">verdict</th>"), "{page}");
        for forbidden in ["<script", "http://", "https://", "src=", "href="] {
            assert!(!page.contains(forbidden), "{forbidden} is in {page}");
        }
    }

    #[test]
    fn csv_is_one_table_with_a_section_column_and_disarmed_formulas() {
        let table = text(csv_form::write);
        let expected = "section,item,value,position,old,new,why\r\nreport,verdict,WRONG: 1 finding,,,,\r\n\
                        report,tenant,<main>,,,,\r\nreport,last_position,8,,,,\r\n\
                        corrections,,,7,'=cmd(),<script>alert('x')</script>&,\r\n\
                        corrections,,,8,,\"{\"\"amount\"\":\"\"1.00\"\"}\",\r\n";
        assert_eq!(table, expected);
    }

    #[test]
    fn json_holds_every_row_under_its_section() {
        let document = text(json_form::write);
        let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
        assert_eq!(
            (&document["report"]["tenant"], &document["report"]["last_position"]),
            (&json!("<main>"), &json!(8))
        );
        assert_eq!(document["sections"]["corrections"]["rows"][1]["new"], json!({"amount": "1.00"}));
        assert_eq!(document["sections"]["parked"], json!({"note": "", "count": 0, "rows": []}));
    }
}
