//! The command line (CONTRACT §2): arguments in, text or JSON out, exit status by what happened.

/// Print a line to standard output. Whoever reads may have gone: an error like any other, where `println!` panics.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        writeln!(std::io::stdout(), $($text)*)?
    }};
}
pub(crate) use say;

mod arguments;
mod check;
pub use arguments::Example;
pub use check::line as line_of_finding;
pub use keeping::serve_at;
mod exchange;
mod export;
mod field;
mod gate;
mod geo;
mod keeping;
mod plan;
mod reconcile;
mod report;
mod taking;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use arguments::{Arguments, Command};

/// What a command ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// The domain said no, or something waits for a person; the output says what.
    Held,
}

/// The caller gave something that cannot be used, such as a day that does not exist: exit status 2.
#[derive(Debug)]
pub struct Usage(pub String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// The domain said no: exit status 1.
#[derive(Debug)]
pub struct Refused(pub String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// Run the command that the arguments name.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Held) => ExitCode::from(1),
        // Whoever reads the answer has read enough.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("homeground: {error:#}");
            ExitCode::from(status(&error))
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

fn status(error: &anyhow::Error) -> u8 {
    if error.is::<Usage>() {
        2
    } else if error.is::<Refused>() || is_there_already(error) || is_unreadable(error) {
        1
    } else {
        3
    }
}

/// Nothing is ever overwritten: that is a rule and no failure.
fn is_there_already(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(store::Failure::Exists { .. }))
}

/// A file of a stranger that cannot be read for what it is; a disk that cannot be read is a failure.
fn is_unreadable(error: &anyhow::Error) -> bool {
    use intake::Refused::{Io, NotFound};
    error.downcast_ref().is_some_and(|refused| !matches!(refused, Io { .. } | NotFound { .. }))
}

fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match arguments.command {
        None => crate::example::run(&arguments.example),
        Some(Command::New(new)) => taking::new(&new),
        Some(Command::Import(import)) => taking::import(&import),
        Some(Command::Approve(approve)) => taking::approve(&approve),
        Some(Command::Return(arguments)) => taking::return_to_sender(&arguments),
        Some(Command::Withdraw(withdraw)) => taking::withdraw(&withdraw),
        Some(Command::State(state)) => report::state(&state),
        Some(Command::Balance(balance)) => report::balance(&balance),
        Some(Command::Gate(gate)) => gate::run(&gate),
        Some(Command::Check(check)) => check::run(&check),
        Some(Command::Plan(arguments)) => plan::run(&arguments),
        Some(Command::Held(held)) => report::held(&held),
        Some(Command::Reconcile(arguments)) => reconcile::run(&arguments),
        Some(Command::Export(export)) => export::run(&export),
        Some(Command::Package(package)) => export::package(&package),
        Some(Command::Verify(verify)) => keeping::verify(&verify),
        Some(Command::Backup(backup)) => keeping::backup(&backup),
        Some(Command::Restore(restore)) => keeping::restore(&restore),
        Some(Command::Geo(geo)) => geo::run(&geo),
        Some(Command::Serve(serve)) => keeping::serve(&serve),
        Some(Command::Phone(phone)) => field::phone(&phone),
        Some(Command::Form(form)) => field::form(&form),
        Some(Command::Config(config)) => keeping::config(&config),
        Some(Command::Completions { shell }) => {
            // Into memory first: `generate` panics where it cannot write.
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "homeground", &mut text);
            std::io::Write::write_all(&mut std::io::stdout(), &text)?;
            Ok(Outcome::Done)
        }
        Some(Command::Man) => {
            clap_mangen::Man::new(Arguments::command()).render(&mut std::io::stdout())?;
            Ok(Outcome::Done)
        }
    }
}
