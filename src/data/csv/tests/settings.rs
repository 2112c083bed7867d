//! Tables that are not as others: delimiters, headers, comments, decimal commas, missing values.

use super::*;

#[test]
fn a_header_of_one_column_tells_what_may_delimit_it() {
    for (text, end) in [
        ("a;b;c\n1;2;3\n", r#""a;b;c": if ';' is between its fields, read it by `Csv::open(..)?.delimiter(b';')`"#),
        ("a\tb\n1\t2\n", r#""a\tb": if '\t' is between its fields, read it by `Csv::open(..)?.delimiter(b'\t')`"#),
    ] {
        let by_place = rows(text).unwrap_err().to_string();
        assert_eq!(by_place, format!("t.csv, line 1: the header is one column, {end}"));
    }
    let table = Csv::from_reader("a,b\n1,2\n".as_bytes(), "t.csv").unwrap().delimiter(b';');
    let error = table.read::<[f32; 1], [f32; 1]>("a", "b").unwrap_err().to_string();
    assert!(error.ends_with("delimiter(b',')`"), "{error}");
}

#[test]
fn fields_are_between_any_delimiters() {
    let expected = rows("a,b,c\n1,2,3\n4,5,6\n").unwrap();
    for (text, delimiter) in
        [("a;b;c\n1;2;3\n4;5;6\n", b';'), ("a\tb\tc\r\n1\t 2\t3\r\n4\t5\t\"6\"", b'\t'), ("a|b|c\n1|2|3\n4|5|6", b'|')]
    {
        let table = Csv::from_reader(text.as_bytes(), "t.csv").unwrap().delimiter(delimiter);
        assert_eq!(table.read::<[f32; 2], [f64; 1]>(Columns::First, "c").unwrap(), expected, "{text:?}");
    }
    // The decimal comma of some countries is no number, and is not taken for two.
    let table = Csv::from_reader("a;c\n1,5;2\n".as_bytes(), "t.csv").unwrap().delimiter(b';');
    let error = table.read::<[f32; 1], u8>("a", "c").unwrap_err().to_string();
    assert_eq!(error, r#"t.csv, line 2, column 1 (a): "1,5" is not a number"#);
    for delimiter in [b'"', b'\n', b'\r', 0xe9] {
        let table = Csv::from_reader("a,c\n1,2\n".as_bytes(), "t.csv").unwrap().delimiter(delimiter);
        let error = table.read::<[f32; 1], u8>("a", "c").unwrap_err();
        assert!(matches!(error, DataError::Delimiter { .. }), "{error}");
    }
}

#[test]
fn a_column_without_a_name_is_no_feature() {
    // As pandas writes a table with its index, and once more what it read of that.
    for (header, column) in [(",a,b,c", "1"), ("Unnamed: 0,a,b,c", "1 (Unnamed: 0)"), (" ,a,b,c", "1")] {
        let text = format!("{header}\n0,1,2,3\n");
        let error = rows(&text).unwrap_err().to_string();
        let start = format!("t.csv, line 1, column {column}: the column has no name, and is perhaps no feature");
        assert!(error.starts_with(&start) && error.contains("index=False"), "{error}");
        assert_eq!(read::<[f32; 2], u8>(&text, "a"..="b", "c").unwrap().inputs(), [[1.0, 2.0]]);
        assert_eq!(read::<[f32; 2], u8>(&text, ["a", "b"], Columns::Last).unwrap().targets(), [3]);
    }
    // In the middle, as a target, and asked for.
    let unnamed = |result: Result<Dataset<[f32; 2], u8>, DataError>| {
        assert!(matches!(result, Err(DataError::UnnamedColumn { .. })), "{result:?}");
    };
    unnamed(read("a,,c\n1,2,3\n", Columns::First, "c"));
    unnamed(read("a,,b,c\n1,2,3,4\n", ["a", ""], "c"));
    unnamed(read("a,b,\n1,2,3\n", Columns::First, Columns::Last));
    // Asked for by its name, it is a column like others.
    assert!(read::<[f32; 2], u8>("Unnamed: 0,a,c\n1,2,3\n", ["Unnamed: 0", "a"], "c").is_ok());
}

/// A table of features `a` and `b` and a class `c`, with settings.
fn table(text: &str, settings: impl Fn(Csv) -> Csv) -> Result<Dataset<[f32; 2], u8>, DataError> {
    settings(Csv::from_reader(text.as_bytes(), "t.csv")?).read(Columns::First, Columns::Last)
}

#[test]
fn truth_values_and_whole_floats_are_numbers() {
    let data = table("a,b,c\nTrue,false,3.0\nFALSE,true,true\n", |table| table).unwrap();
    assert_eq!((data.inputs(), data.targets()), (&[[1.0, 0.0], [0.0, 1.0]][..], &[3, 1][..]));
}

#[test]
fn tables_without_a_header() {
    let data = table("\n1,2,3\n4,5,6\n", Csv::without_header).unwrap();
    assert_eq!((data.inputs(), data.targets()), (&[[1.0, 2.0], [4.0, 5.0]][..], &[3, 6][..]));
    let csv = Csv::from_reader("1,2,3\n4,x,6".as_bytes(), "t.csv").unwrap().without_header();
    assert_eq!(csv.read::<[f32; 2], u8>(["3", "1"], "3").unwrap_err().to_string().matches("twice").count(), 1);
    assert_eq!(csv.read::<f32, u8>("3", "1").unwrap().inputs(), [3.0, 6.0]);
    let error = csv.read::<f32, u8>("2", "1").unwrap_err().to_string();
    assert_eq!(error, "t.csv, line 2, column 2: \"x\" is not a number");
    let error = csv.read::<f32, u8>("2", "4").unwrap_err().to_string();
    assert_eq!(error, r#"t.csv, line 1: there is no column "4"; there are "1", "2", "3""#);
    let error = table("1,2,3\n4,5\n", Csv::without_header).unwrap_err().to_string();
    assert_eq!(error, "t.csv, line 2: the row has 2 fields, but the first has 3");
}

#[test]
fn comments_are_passed_over_and_lines_are_still_counted() {
    let comments = |table: Csv| table.comments(b'#');
    let text = "# made by hand, \"so\n#\na,b,c\n1,2,3\r\n# between\r\n4,\"5\",6\n#";
    let data = table(text, comments).unwrap();
    assert_eq!((data.inputs(), data.targets()), (&[[1.0, 2.0], [4.0, 5.0]][..], &[3, 6][..]));
    let error = table("\u{feff}# x\na,b,c\n#\n1,x,3\n", comments).unwrap_err().to_string();
    assert_eq!(error, "t.csv, line 4, column 2 (b): \"x\" is not a number");
    // In the middle of a line, and within quotation marks, it is a letter like others.
    let error = table("a,b,c\n1,\"\n# 2\",3", comments).unwrap_err().to_string();
    assert_eq!(error, "t.csv, line 2, column 2 (b): \"\\n# 2\" is not a number");
    assert!(matches!(table("# only\n", comments), Err(DataError::Empty { .. })));
    for comment in [b',', b'"', b'\n', 0xe9] {
        let error = table("a,b,c\n1,2,3\n", |table| table.comments(comment)).unwrap_err();
        assert!(matches!(error, DataError::Comment { .. }), "{error}");
    }
}

#[test]
fn any_number_of_blanks_is_one_delimiter() {
    let blanks = |table: Csv| table.blanks();
    let text = "  a \t b  c\n\n1 2 3\n   \n\t4     \"5\"  6  \r\n";
    let data = table(text, blanks).unwrap();
    assert_eq!((data.inputs(), data.targets()), (&[[1.0, 2.0], [4.0, 5.0]][..], &[3, 6][..]));
    let csv = |text: &str| Csv::from_reader(text.as_bytes(), "t.csv").unwrap().blanks();
    let read = |text| csv(text).read_classes::<f32, u8, 2>("x", "kind", ["very good", "5\" pipe"]);
    assert_eq!(read("x kind\n1 \"very good\"\n2  \"5\"\" pipe\"\n").unwrap().targets(), [0, 1]);
    let error = table("a b c\n1 2\n", blanks).unwrap_err().to_string();
    assert_eq!(error, "t.csv, line 2: the row has 2 fields, but the first has 3");
}

#[test]
fn numbers_with_a_decimal_comma() {
    let comma = |table: Csv| table.delimiter(b';').decimal_comma();
    assert_eq!(table("a;b;c\n1,5;-,25;3\n", comma).unwrap().inputs(), [[1.5, -0.25]]);
    // A thousand and a half, or one and a half: not without a word.
    let error = table("a;b;c\n1.500;2;3\n", comma).unwrap_err().to_string();
    assert_eq!(error, "t.csv, line 2, column 1 (a): \"1.500\" is not a number");
    assert_eq!(table("a;b;c\n1;2;3,0\n", comma).unwrap().targets(), [3]);
}

#[test]
fn missing_values_by_a_rule() {
    let text = "a,b,c\n1,,0\n?,NA,1\n5,6,2\n7, nan ,\n8,9,None\n";
    let error = table(text, |table| table).unwrap_err().to_string();
    assert_eq!(error, "t.csv, line 2, column 2 (b): an empty field is not a number");
    let dropped = table(text, |table| table.missing(Missing::DropRow)).unwrap();
    assert_eq!((dropped.inputs(), dropped.targets()), (&[[5.0, 6.0]][..], &[2][..]));
    // A target is not made up.
    let error = table(text, |table| table.missing(Missing::Fill(0.5))).unwrap_err().to_string();
    assert_eq!(error, "t.csv, line 5, column 3 (c): an empty field is not a whole number from 0 to 255");
    let filled = table("a,b,c\n1,,0\n?,NA,1\n", |table| table.missing(Missing::Fill(0.5))).unwrap();
    assert_eq!(filled.inputs(), [[1.0, 0.5], [0.5, 0.5]]);
    let filled = table("a;b;c\n1,5;;0\n", |table| table.delimiter(b';').decimal_comma().missing(Missing::Fill(0.5)));
    assert_eq!(filled.unwrap().inputs(), [[1.5, 0.5]]);
    assert!(table("a,b,c\n1,,0\n", |table| table.missing(Missing::Fill(f64::NAN))).is_err());
    // Text is no missing value; what is not selected may be missing; and a class may be called so.
    assert!(table("a,b,c\n1,x,0\n", |table| table.missing(Missing::DropRow)).is_err());
    let csv = |text: &str| Csv::from_reader(text.as_bytes(), "t.csv").unwrap().missing(Missing::DropRow);
    let data: Dataset<f32, u8> =
        csv("a,b,c\n1,,none\n2,,some\n3,,\n").read_classes("a", "c", ["none", "some"]).unwrap();
    assert_eq!((data.inputs(), data.targets()), (&[1.0, 2.0][..], &[0, 1][..]));
    assert!(matches!(csv("a,c\n,1\n").read::<f32, u8>("a", "c"), Err(DataError::NoRows { .. })));
}
