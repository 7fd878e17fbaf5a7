use std::process::Command;

/// Every variable of the environment by which a person leads the programs of this project, in the order of the alphabet. A test that
/// starts one clears them, so that nothing that a developer has set leads it to a real org or folder. That none is missing is held by
/// `every_variable_that_is_read_is_listed_with_what_its_loss_does`.
pub const PROGRAM_VARIABLES: [&str; 13] = [
    "GC_BASE_URL",
    "GC_CA_FILE",
    "GC_CLIENT_ID",
    "GC_CLIENT_SECRET",
    "GC_DEPLOYMENT_ID",
    "GC_DIALECT",
    "GC_ENVIRONMENT",
    "GC_ORIGIN",
    "INNKEEPER_CRASH_AT",
    "INNKEEPER_DATA",
    "INNKEEPER_LOG",
    "INNKEEPER_PASSPHRASE",
    "INNKEEPER_TRAY",
];

/// Clears them for a program that is to be started. What the test itself sets comes after.
pub fn without_program_variables(command: &mut Command) -> &mut Command {
    for name in PROGRAM_VARIABLES {
        command.env_remove(name);
    }
    command
}

/// The same, and without the way to the keychain of this machine: secrets then lie in the passphrase's file.
pub fn without_variables_and_keychain(command: &mut Command) -> &mut Command {
    without_program_variables(command).env_remove("DBUS_SESSION_BUS_ADDRESS")
}
