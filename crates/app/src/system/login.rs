//! Who is at work: what stands in the audit log, and fills in a hold's owner.

/// The login name of this process's user as the system's list has it; where the user is not in it, as the environment
/// says, which whoever can change the environment can change; else the number of the user.
pub fn login_name() -> String {
    let user = user_id();
    let listed = user.and_then(|id| name_of(&std::fs::read_to_string("/etc/passwd").ok()?, id));
    let told = || {
        let names = ["USER", "LOGNAME", "USERNAME"];
        names.into_iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.trim().is_empty()))
    };
    let number = || user.map(|id| format!("user id {id}"));
    listed.or_else(told).or_else(number).unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(unix)]
fn user_id() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn user_id() -> Option<u32> {
    None
}

/// The first name with this number in a list of the form of `passwd(5)`.
fn name_of(passwd: &str, id: u32) -> Option<String> {
    let mut users = passwd.lines().map(|line| line.split(':'));
    users.find_map(|mut user| {
        let (name, number) = (user.next()?, user.nth(1)?);
        (number.parse() == Ok(id) && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_number_and_never_by_a_line_that_is_none() {
        let passwd =
            "root:x:0:0:root:/:/bin/sh\n# 1000\n:x:1000:\nada:x:1000:1000::/:/bin/sh\nlate:x:1000:1::/:\n";
        assert_eq!(name_of(passwd, 0).as_deref(), Some("root"));
        assert_eq!(name_of(passwd, 1_000).as_deref(), Some("ada"));
        assert_eq!(name_of(passwd, 7), None);
        assert_eq!(name_of("junk\n::::\nx:y\n", 0), None);
    }
}
