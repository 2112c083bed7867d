mod settings;

use std::io::{self, Read};

use super::*;

type Rows = Dataset<[f32; 2], [f64; 1]>;

fn read<X: FromFields, Y: FromFields>(
    text: impl AsRef<[u8]>,
    inputs: impl Into<Columns>,
    targets: impl Into<Columns>,
) -> Result<Dataset<X, Y>, DataError> {
    Dataset::from_csv_reader(text.as_ref(), "t.csv", inputs, targets)
}

/// Inputs `a` and `b`, target `c`.
fn rows(text: impl AsRef<[u8]>) -> Result<Rows, DataError> {
    read(text, Columns::First, "c")
}

/// The sentence of the error, which says nothing more and nothing less.
fn assert_error(text: impl AsRef<[u8]>, sentence: &str) {
    assert_eq!(rows(text).unwrap_err().to_string(), sentence);
}

#[test]
fn rows_become_samples() {
    let data = rows("a,b,c\n1,2.5,-3\n4e2, +5. ,.5\n").unwrap();
    assert_eq!(data.inputs(), [[1.0, 2.5], [400.0, 5.0]]);
    assert_eq!(data.targets(), [[-3.0], [0.5]]);
}

#[test]
fn all_ways_to_write_a_table_give_the_same() {
    let expected = rows("a,b,c\n1,2,3\n4,5,6\n").unwrap();
    for text in [
        "a,b,c\n1,2,3\n4,5,6",
        "a,b,c\r\n1,2,3\r\n4,5,6\r\n",
        "\u{feff}a,b,c\n1,2,3\n4,5,6\n",
        "\u{feff}\"a\",\"b\",\"c\"\r\n\"1\",\"2\",\"3\"\r\n\"4\",\"5\",\"6\"",
        "\n\na , b,c\n\n1,2,3\n\n\n4,5,6\n\n\n",
        " a,b ,\" c \"\n 1,2 ,3\n4,\t5,6",
    ] {
        assert_eq!(rows(text).unwrap(), expected, "{text:?}");
    }
}

#[test]
fn columns_are_selected_in_every_way() {
    let text = "a,b,c,d\n1,2,3,4\n";
    let inputs = |columns: Columns| *read::<[f32; 2], u8>(text, columns, "b").unwrap().inputs().first().unwrap();
    assert_eq!(inputs(Columns::Last), [3.0, 4.0]);
    assert_eq!(inputs(["d", "a"].into()), [4.0, 1.0]);
    assert_eq!(inputs((&["d", "a"]).into()), [4.0, 1.0]);
    assert_eq!(inputs(vec![String::from("a"), String::from("c")].into()), [1.0, 3.0]);
    assert_eq!(inputs(("c"..="d").into()), [3.0, 4.0]);
    assert_eq!(read::<[f32; 2], u8>(text, Columns::First, "c").unwrap().inputs(), [[1.0, 2.0]]);
    assert_eq!(read::<f64, u8>(text, "a"..="a", "c").unwrap().inputs(), [1.0]);
}

#[test]
fn samples_may_be_images_tokens_and_classes() {
    let text = "a,b,c,d,e\n1,2,3,4,255\n";
    let data = read::<[[f32; 2]; 2], u8>(text, Columns::First, Columns::Last).unwrap();
    assert_eq!((data.inputs(), data.targets()), (&[[[1.0, 2.0], [3.0, 4.0]]][..], &[255][..]));
    let data = read::<[u16; 4], usize>(text, Columns::First, "e").unwrap();
    assert_eq!((data.inputs(), data.targets()), (&[[1, 2, 3, 4]][..], &[255][..]));
}

#[test]
fn a_header_of_numbers_is_one_if_asked_for_by_name() {
    let text = "0,1,2\n7,8,9\n";
    assert_eq!(read::<[f32; 2], u8>(text, "0"..="1", "2").unwrap().inputs(), [[7.0, 8.0]]);
    let sentence = "t.csv, line 1: the first line must name the columns, but holds only numbers: \
        a file without names is read by `Csv::open(..)?.without_header()`";
    for error in [
        read::<[f32; 2], u8>(text, Columns::First, "2"),
        read(text, "0"..="1", Columns::Last),
        read(text, ["0", "x"], "2"),
        read(text, "x"..="1", "2"),
        read(text, "0"..="x", "2"),
    ] {
        assert_eq!(error.unwrap_err().to_string(), sentence);
    }
    assert!(read::<[f32; 2], u8>("0,1,x\n7,8,9\n", Columns::First, "x").is_ok());
}

#[test]
fn empty_files() {
    for text in ["", "\u{feff}", " \r\n\n\t"] {
        assert_error(text, "t.csv: the file is empty");
    }
    for text in ["a,b,c", "a,b,c\n", "a,b,c\r\n\r\n"] {
        assert_error(text, "t.csv: there are no rows below the header");
    }
}

#[test]
fn missing_columns() {
    assert_error("a,b,\"C \"\"x\"\n1,2,3", r#"t.csv, line 1: there is no column "c"; there are "a", "b", "C \"x""#);
    let error = read::<f32, u8>("\na,b\n1,2", "a"..="z", "b").unwrap_err();
    assert_eq!(error.to_string(), r#"t.csv, line 2: there is no column "z"; there are "a", "b""#);
    let header = |columns: usize| (0..columns).map(|i| format!("x{i}")).collect::<Vec<_>>().join(",");
    let sentence = |columns: usize| rows(header(columns)).unwrap_err().to_string();
    assert!(sentence(40).ends_with(r#", "x38", "x39""#), "{}", sentence(40));
    assert!(sentence(42).ends_with(r#", "x39" and 2 more"#), "{}", sentence(42));
}

#[test]
fn columns_of_one_name() {
    assert_error("a,b,c,b\n1,2,3,4", r#"t.csv, line 1: columns 2 and 4 are both named "b""#);
    // Columns without a name are no duplicates: nobody can select them by name.
    assert!(rows("a,b,c,,\n1,2,3,x,y").is_ok());
}

#[test]
fn selections_that_cannot_be() {
    let text = "a,b,c\n1,2,3\n";
    let sentence = |inputs: Columns| read::<[f32; 2], u8>(text, inputs, "c").unwrap_err().to_string();
    assert_eq!(sentence("a".into()), "t.csv: the inputs are 1 columns, but their type [f32; 2] takes 2");
    assert_eq!(sentence(("a"..="c").into()), "t.csv: the inputs are 3 columns, but their type [f32; 2] takes 2");
    assert_eq!(sentence(("b"..="a").into()), r#"t.csv, line 1: column "a" comes before column "b""#);
    assert_eq!(
        sentence(["a", "a"].into()),
        "t.csv, line 1, column 1 (a): the column is selected twice: it can be an input or the target, and once"
    );
    assert_eq!(
        sentence(Columns::Last),
        "t.csv, line 1, column 3 (c): the column is selected twice: it can be an input or the target, and once"
    );
    let error = read::<f32, [u8; 2]>(text, "a", "c").unwrap_err();
    assert_eq!(error.to_string(), "t.csv: the targets are 1 columns, but their type [u8; 2] takes 2");
    for columns in [Columns::First, Columns::Last] {
        let error = read::<[[f32; 2]; 2], u8>(text, columns, "c").unwrap_err();
        assert_eq!(error.to_string(), "t.csv: the inputs are 3 columns, but their type [[f32; 2]; 2] takes 4");
    }
}

#[test]
fn rows_of_another_length() {
    assert_error("a,b,c\n1,2,3\n4,5\n", "t.csv, line 3: the row has 2 fields, but the first has 3");
    assert_error("a,b,c\r\n1,2,3,4\r\n", "t.csv, line 2: the row has 4 fields, but the first has 3");
    assert_error("a,b,c\n \n1,2,3\n", "t.csv, line 2: the row has 1 fields, but the first has 3");
}

#[test]
fn text_in_a_number() {
    assert_error("a,b,c\n1,2,3\n4,five,6\n", r#"t.csv, line 3, column 2 (b): "five" is not a number"#);
    assert_error("a,b,c\n1,2,\n", r#"t.csv, line 2, column 3 (c): an empty field is not a number"#);
    assert_error(
        "a,b,c\n1,2,benign\n",
        r#"t.csv, line 2, column 3 (c): "benign" is not a number: names of classes are read by `Csv::read_classes`"#,
    );
    assert_error("a,b,c\n1,2,?\n", r#"t.csv, line 2, column 3 (c): "?" is not a number"#);
    assert_error("a,b,c\n1,\"2,5\",3\n", r#"t.csv, line 2, column 2 (b): "2,5" is not a number"#);
    let long = "x".repeat(41);
    assert_error(
        format!("a,b,c\n{long},2,3"),
        &format!("t.csv, line 2, column 1 (a): \"{}\"... is not a number", "x".repeat(40)),
    );
    assert_error(
        format!("a,b,c\n{0},2,3", "é".repeat(40)),
        &format!("t.csv, line 2, column 1 (a): \"{}\" is not a number", "é".repeat(40)),
    );
}

#[test]
fn numbers_that_are_not_finite() {
    for text in ["NaN", "nan", "inf", "-Infinity", "1e39"] {
        assert_error(
            format!("a,b,c\n{text},2,3"),
            &format!("t.csv, line 2, column 1 (a): \"{text}\" is not a finite f32"),
        );
    }
    assert_error("a,b,c\n1,2,1e309", r#"t.csv, line 2, column 3 (c): "1e309" is not a finite f64"#);
    assert_eq!(rows("a,b,c\n1,2,1e39").unwrap().targets(), [[1e39]]);
}

#[test]
fn classes_that_are_not_whole() {
    for (text, problem) in [
        ("3.5", r#""3.5" is not a whole number from 0 to 255"#),
        ("3.", r#""3." is not a whole number from 0 to 255"#),
        ("256.0", r#""256.0" is not a whole number from 0 to 255"#),
        ("256", r#""256" is not a whole number from 0 to 255"#),
        ("-1", r#""-1" is not a whole number from 0 to 255"#),
        ("1e2", r#""1e2" is not a whole number from 0 to 255"#),
        ("", "an empty field is not a whole number from 0 to 255"),
        ("benign", r#""benign" is not a number: names of classes are read by `Csv::read_classes`"#),
        // What is missing, or has a unit, is no name of a class.
        ("NA", r#""NA" is not a whole number from 0 to 255"#),
        ("null", r#""null" is not a whole number from 0 to 255"#),
        ("12 kg", r#""12 kg" is not a whole number from 0 to 255"#),
    ] {
        let error = read::<[f32; 1], u8>(format!("a,c\n1,{text}"), "a", "c").unwrap_err();
        assert_eq!(error.to_string(), format!("t.csv, line 2, column 2 (c): {problem}"));
    }
    let error = read::<[f32; 1], i8>("a,c\n1,-129", "a", "c").unwrap_err();
    assert_eq!(error.to_string(), r#"t.csv, line 2, column 2 (c): "-129" is not a whole number from -128 to 127"#);
    assert_eq!(read::<[f32; 1], i8>("a,c\n1, -128", "a", "c").unwrap().targets(), [-128]);
}

#[test]
fn lines_are_those_of_an_editor() {
    for (text, line) in [
        ("a,b,c\n1,2,3\n4,x,6", 3),
        ("a,b,c\r\n1,2,3\r\n4,x,6\r\n", 3),
        ("\n\na,b,c\n\n\n4,x,6", 6),
        ("\r\n\r\na,b,c\r\n\r\n\r\n4,x,6", 6),
        ("\u{feff}a,b,c\n4,x,6", 2),
        // The name of column a is on two lines; so is the third field of the row above.
        ("\"a\na\",b,c\n4,x,6", 3),
        ("a,b,c,d\n1,2,3,\"\n\n\"\n4,x,6,\"\n\"", 5),
        // The field is behind one that goes over a line.
        ("d,b,c,a\n\"\n1\n\",x,6,1", 4),
    ] {
        let error = read::<[f32; 1], u8>(text, "b", "c").unwrap_err();
        assert_eq!(error.to_string(), format!("t.csv, line {line}, column 2 (b): \"x\" is not a number"), "{text:?}");
    }
}

#[test]
fn a_quotation_mark_that_is_never_closed() {
    // Without its check the rows below would be lost in silence: column d is not read.
    let text = "a,b,c,d\n1,2,3,x\n4,5,6,\"x\n7,8,9,x\n";
    assert_error(text, "t.csv, line 3: a quoted field of this row is never closed");
    assert_error("a,b,\"c\n1,2,3\n", "t.csv, line 1: a quoted field of this row is never closed");
    assert_error("a,b,c\n1,2,\"3", "t.csv, line 2: a quoted field of this row is never closed");
    for text in
        ["a,b,c,d\n1,2,3,\"x\"", "a,b,c,d\n1,2,3,\"x\n\"\n", "a,b,c,d\n1,2,3,5\" pipe", "a,b,c,d\n1,2,3,\"\"\"\"\r\n"]
    {
        assert_eq!(rows(text).unwrap().len(), 1, "{text:?}");
    }
}

#[test]
fn lines_are_counted_with_every_line_end() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["a,b,c,d", "1,2,3,x", "", "4,?,6,y"].join(end);
        assert_error(text, "t.csv, line 4, column 2 (b): \"?\" is not a number");
    }
}

#[test]
fn text_that_is_not_utf_8() {
    assert_error(b"a,b,c,d\n1,2,3,caf\xe9\n", "t.csv, line 2, column 4 (d): the text is not UTF-8");
    assert_error(b"a,\xff\xfe,c\n1,2,3\n", "t.csv, line 1, column 2: the text is not UTF-8");
    // What a spreadsheet calls Unicode text.
    assert_error(b"\xff\xfea\0,\0b\0\n\0", "t.csv, line 1, column 1: the text is not UTF-8");
}

#[test]
fn files_that_are_not_there() {
    let error = Rows::from_csv("no/such.csv", Columns::First, "c").unwrap_err();
    assert_eq!(error.to_string(), "no/such.csv: there is no such file");
    // A directory can be opened on some systems, but not read.
    let error = Rows::from_csv("src", Columns::First, "c").unwrap_err();
    assert!(error.to_string().starts_with("src: cannot be read: "), "{error}");
}

#[test]
fn a_reader_that_fails() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the line went dead"))
        }
    }
    let error =
        Rows::from_csv_reader("a,b,c\n1,2,3\n".as_bytes().chain(Broken), "socket", Columns::First, "c").unwrap_err();
    assert_eq!(error.to_string(), "socket: cannot be read: the line went dead");
}

#[test]
fn the_data_of_the_repository_is_whole() {
    type Cells = Dataset<[f64; 20], u8>;
    let data = Cells::from_csv("data/breast_cancer.csv", Columns::First, "benign").unwrap();
    assert_eq!(data.len(), 569);
    assert_eq!(data.targets().iter().filter(|class| **class == 1).count(), 357);
    // Of numpy: the mean of the column `mean_radius`.
    let mean = data.inputs().iter().map(|row| row[0]).sum::<f64>() / 569.0;
    assert!((mean - 14.127_291_739_894_552).abs() < 1e-12, "{mean}");
}

fn flowers<Y: FromClass<3>>(text: &str) -> Result<Dataset<[f32; 1], Y>, DataError> {
    let table = Csv::from_reader(text.as_bytes(), "t.csv").unwrap();
    table.read_classes("length", "species", ["setosa", "versicolor", "virginica"])
}

#[test]
fn names_of_classes_become_their_numbers() {
    let text = "length,species\n1,virginica\n2, setosa \n3,\"versicolor\"\n";
    assert_eq!(flowers::<u8>(text).unwrap().targets(), [2, 0, 1]);
    assert_eq!(flowers::<usize>(text).unwrap().inputs(), [[1.0], [2.0], [3.0]]);
    let one_hot = flowers::<[f64; 3]>(text).unwrap();
    assert_eq!(one_hot.targets(), [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
    // Two classes as the target of a sigmoid.
    let table = Csv::from_reader("x,sick\n1,yes\n2,no\n".as_bytes(), "t.csv").unwrap();
    let data: Dataset<[f32; 1], [f32; 1]> = table.read_classes("x", "sick", ["no", "yes"]).unwrap();
    assert_eq!(data.targets(), [[1.0], [0.0]]);
}

#[test]
fn a_name_of_no_class_is_told_with_those_there_are() {
    let found = |text| flowers::<u8>(text).unwrap_err().to_string();
    assert_eq!(
        found("length,species\n1,setosa\n2,Setosa\n"),
        r#"t.csv, line 3, column 2 (species): "Setosa" is no class; there are "setosa", "versicolor", "virginica""#
    );
    assert!(
        found("length,species\n1,\n").starts_with(r#"t.csv, line 2, column 2 (species): an empty field is no class"#)
    );
    assert!(found("length,kind\n1,setosa\n").contains(r#""species""#));
    let table = Csv::from_reader("length\n1\n".as_bytes(), "t.csv").unwrap();
    let twice = table.read_classes::<[f32; 1], u8, 1>("length", "length", ["1"]).unwrap_err();
    assert!(matches!(twice, DataError::SelectedTwice { .. }), "{twice}");
}

#[test]
fn an_error_that_main_returns_is_printed_as_a_sentence() {
    let error = rows("").unwrap_err();
    assert_eq!(format!("{error:?}"), "t.csv: the file is empty");
}

#[test]
fn names_that_no_field_can_have_are_errors() {
    let table = Csv::from_reader("a,c\n1,yes\n".as_bytes(), "t.csv").unwrap();
    for (classes, wrong) in [(["yes", "yes"], "yes"), (["yes", " no"], " no"), (["no ", "yes"], "no ")] {
        let error = table.read_classes::<[f32; 1], u8, 2>("a", "c", classes).unwrap_err();
        assert!(matches!(&error, DataError::ClassName { name } if name == wrong), "{error}");
    }
}
