//! Forms of ODK (XForms) and what was filled into them.
//!
//! A form says which answers are places, files, lists and repeats; a submission holds the answers. The form itself is
//! one [layer](crate::Profile::layer) of rows, called by its form id; each repeat is one more, called by its own name.
//! A [profile](crate::Profile) says what records a layer becomes, so one submission may become several kinds.
//!
//! Not done here: computing or checking what a form computes or checks (the phone does), and entities that a form
//! would create. Nothing is lost by that: whoever receives a submission keeps its bytes.
//!
//! Follows the ODK XForms specification (getodk.github.io/xforms-spec): binds, geo types, the `meta` block.

mod form;
mod json;
mod places;
mod rows;

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

pub use form::XForm;
pub use rows::SubmissionRows;

use crate::formats::xml::{Xml, XmlReader, XmlStop};
use crate::refused::Refused;

/// Bytes of the XML of one submission. Photos travel beside it; a day of clearance takes a hundredth of this.
pub const MAX_ANSWERS_BYTES: usize = 16 * 1024 * 1024;

/// Characters of an instance id, a form id or a version; `uuid:` and 36 digits are usual.
const MAX_ID: usize = 255;

/// The answers of one submission.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// Id of the form that was filled in.
    pub form_id: String,
    /// Its version; may be empty.
    pub version: String,
    /// Names this filled form, on whatever way it comes.
    pub instance_id: String,
    /// The filled form that this one corrects.
    pub deprecated_id: Option<String>,
    root: Node,
}

/// One element of the answers.
#[derive(Debug, Clone, PartialEq, Default)]
struct Node {
    name: String,
    text: String,
    children: Vec<Node>,
}

impl Node {
    fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }
}

impl Answers {
    /// From a file of one submission.
    pub fn open(path: &Path, name: &str) -> Result<Answers, Refused> {
        let file = File::open(path).map_err(|why| Refused::io(name, why))?;
        let mut bytes = Vec::new();
        file.take(MAX_ANSWERS_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|why| Refused::io(name, why))?;
        Answers::parse(&bytes, name)
    }

    /// From the XML of one submission; `name` is how messages call it.
    ///
    /// ```
    /// let xml = b"<data id='find' version='1'><category>UXO</category><meta><instanceID>uuid:1</instanceID></meta></data>";
    /// assert_eq!(intake::xform::Answers::parse(xml, "find.xml").unwrap().instance_id, "uuid:1");
    /// ```
    pub fn parse(bytes: &[u8], name: &str) -> Result<Answers, Refused> {
        if bytes.len() > MAX_ANSWERS_BYTES {
            let why = format!("it is longer than {MAX_ANSWERS_BYTES} bytes");
            return Err(Refused::broken(name, SUBMISSION, why, "send photos as files beside the form, not inside it"));
        }
        let (root, attributes) = tree(bytes, name)?;
        let attribute = |wanted: &str| attributes.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.trim());
        let meta = root.child("meta");
        let said = |what: &str| meta.and_then(|meta| meta.child(what)).map(|node| node.text.trim());
        let missing = |part: &str| Refused::PartMissing {
            file: name.to_owned(),
            part: part.to_owned(),
            hint: "send the form as the program that filled it in made it".to_owned(),
        };
        let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let instance_id =
            filled(said("instanceID").or(attribute("instanceID"))).ok_or_else(|| missing("instanceID"))?;
        let answers = Answers {
            form_id: filled(attribute("id")).ok_or_else(|| missing("the id of the form"))?,
            version: filled(attribute("version")).unwrap_or_default(),
            deprecated_id: filled(said("deprecatedID")),
            instance_id,
            root,
        };
        for id in [&answers.instance_id, &answers.form_id, &answers.version] {
            if id.chars().count() > MAX_ID || id.chars().any(char::is_control) {
                let why = format!("an id is longer than {MAX_ID} characters or holds a control character");
                return Err(Refused::broken(name, SUBMISSION, why, "give the form another id"));
            }
        }
        Ok(answers)
    }

    /// Names of the files that the answers speak of, where the form says which answers are files.
    pub fn files(&self, form: &XForm) -> Vec<String> {
        let mut files = Vec::new();
        named_files(&self.root, &mut vec![self.root.name.clone()], form, &mut files);
        files
    }
}

fn named_files(node: &Node, path: &mut Vec<String>, form: &XForm, files: &mut Vec<String>) {
    for child in &node.children {
        path.push(child.name.clone());
        let name = child.text.trim();
        if form.is_file(path) && !name.is_empty() && !files.iter().any(|known| known == name) {
            files.push(name.to_owned());
        }
        named_files(child, path, form, files);
        path.pop();
    }
}

const SUBMISSION: &str = "ODK submission";

/// The elements of a document as a tree, and the attributes of its root.
fn tree(bytes: &[u8], name: &str) -> Result<(Node, Vec<(String, String)>), Refused> {
    let mut reader = XmlReader::new(Cursor::new(bytes), bytes.len() as u64).map_err(|why| Refused::io(name, why))?;
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    let mut attributes = Vec::new();
    while let Some(event) = reader.next().map_err(|stop| refused(&stop, name, SUBMISSION))? {
        match event {
            Xml::Start(_, _) if root.is_some() => {
                return Err(Refused::broken(name, SUBMISSION, "it has two root elements", "send one form at a time"));
            }
            Xml::Start(element, given) => {
                if open.is_empty() {
                    attributes = given;
                }
                open.push(Node { name: element, ..Node::default() });
            }
            Xml::Text(text) => {
                if let Some(node) = open.last_mut() {
                    node.text.push_str(&text);
                }
            }
            Xml::End(_) => {
                let Some(node) = open.pop() else { continue };
                match open.last_mut() {
                    Some(parent) => parent.children.push(node),
                    None => root = Some(node),
                }
            }
        }
    }
    let root = root.ok_or_else(|| Refused::Truncated { file: name.to_owned(), why: "it has no element".to_owned() })?;
    Ok((root, attributes))
}

/// Why a document is not read further.
fn refused(stop: &XmlStop, name: &str, format: &'static str) -> Refused {
    match stop {
        XmlStop::Entities => Refused::XmlEntities { file: name.to_owned() },
        XmlStop::Truncated => {
            Refused::Truncated { file: name.to_owned(), why: "its last element does not end".to_owned() }
        }
        XmlStop::Broken(why) => Refused::broken(name, format, why, "send it again from the program that made it"),
    }
}
