use typenet::prelude::*;

fn draw(history: &History) {
    history.plot("history.svg").unwrap(); // off
}

fn print(history: &History) {
    println!("{}", history.text().unwrap()); // off
}

fn draw_network(summary: &Summary<Dense<4, 1>, [f32; 4]>) {
    summary.plot("network.svg").unwrap(); // off
}

fn draw_matrix(matrix: &ConfusionMatrix<2>) {
    matrix.plot("matrix.svg", ["no", "yes"]).unwrap(); // off
}

fn main() {}
