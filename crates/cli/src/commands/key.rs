use app::Failure;

use crate::{
    args::{Everywhere, Key},
    open,
    output::{DONE, Out},
};

pub async fn run(command: &Key, everywhere: &Everywhere, out: &Out) -> Result<u8, Failure> {
    let Key::Rotate = command;
    let rotation = open::app(everywhere, "key rotate").await?.rotate_key().await?;
    out.record(&rotation, || {
        let older = match rotation.older_keys_kept {
            0 => "older ones are forgotten.".to_owned(),
            n => format!("{n} older one(s) are kept for the records of earlier retention runs."),
        };
        format!("Everything is sealed under the new key {}; {older}", rotation.key_id)
    });
    Ok(DONE)
}
