//! The socket that lies in a data folder, and who is at its other end. Both sides look: the holder answers no other user,
//! and a question goes to no other user's process, whatever the rights of folder and socket have become.
#![cfg(unix)]

use std::{
    io,
    path::{Path, PathBuf},
};

use interprocess::local_socket::{
    ConnectOptions, GenericFilePath, ListenerOptions, Name, ToFsName,
    tokio::prelude::{LocalSocketListener, LocalSocketStream},
    traits::{StreamCommon, tokio::Listener as _},
};
use interprocess::os::unix::local_socket::ListenerOptionsExt;

pub(crate) type Stream = LocalSocketStream;

const FILE: &str = "holder.sock";

/// Unix socket addresses hold about 100 bytes.
const LONGEST: usize = 100;

/// How to reach the socket: by its path, or where that is too long through the descriptor of the open folder, which has to
/// stay open meanwhile.
struct SocketPath {
    path: PathBuf,
    _folder: Option<std::fs::File>,
}

impl SocketPath {
    fn to(root: &Path) -> io::Result<Self> {
        use std::os::fd::AsRawFd;
        let path = root.join(FILE);
        if path.as_os_str().len() < LONGEST {
            return Ok(Self { path, _folder: None });
        }
        let folder = std::fs::File::open(root)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/{FILE}", folder.as_raw_fd()));
        Ok(Self { path, _folder: Some(folder) })
    }

    fn name(&self) -> io::Result<Name<'_>> {
        self.path.as_path().to_fs_name::<GenericFilePath>()
    }
}

/// Begins to listen, in place of a socket that an earlier holder left behind: whoever calls holds the folder's lock.
pub(crate) fn listen(root: &Path) -> io::Result<LocalSocketListener> {
    let socket = SocketPath::to(root)?;
    match std::fs::remove_file(&socket.path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    // Not taken back at the end: by then the descriptor in the name may be another folder's.
    let options = || Ok::<_, io::Error>(ListenerOptions::new().name(socket.name()?).reclaim_name(false));
    match options()?.mode(0o600).create_tokio() {
        // Some systems know no mode of a socket before it has a name; the folder's keeps others out there.
        Err(e) if e.kind() == io::ErrorKind::Unsupported => options()?.create_tokio(),
        made => made,
    }
}

/// The next question of this user; the connection of another is closed without an answer.
pub(crate) async fn accept(listener: &LocalSocketListener) -> io::Result<Stream> {
    loop {
        let stream = listener.accept().await?;
        match is_ours(&stream) {
            Ok(true) => return Ok(stream),
            Ok(false) => {
                tracing::warn!("another user of this machine asked on the folder's socket and got no answer");
            }
            // Gone already.
            Err(error) => tracing::debug!(%error, "nobody knows who asked on the folder's socket"),
        }
    }
}

/// Reaches the holder, unless it is another user's process.
pub(crate) async fn connect(root: &Path) -> io::Result<Stream> {
    let socket = SocketPath::to(root)?;
    let stream = ConnectOptions::new().name(socket.name()?).connect_tokio().await?;
    if is_ours(&stream)? {
        return Ok(stream);
    }
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "the socket is answered by another user"))
}

fn is_ours(stream: &Stream) -> io::Result<bool> {
    Ok(stream.peer_creds()?.euid() == Some(rustix::process::geteuid().as_raw()))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader},
        os::unix::{
            fs::{FileTypeExt, PermissionsExt},
            process::CommandExt,
        },
        process::{Command, Stdio},
    };

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const FOLDER: &str = "INNKEEPER_TEST_SOCKET";
    const LISTENS: &str = "INNKEEPER_TEST_LISTENS";
    const READY: &str = "listening as another user";
    const NOBODY: u32 = 65_534;

    fn open_to_all(path: &Path) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    }

    #[tokio::test]
    async fn whoever_asks_as_this_user_is_answered_also_where_the_path_is_long() {
        let dir = tempfile::tempdir().unwrap();
        for root in [dir.path().join("short"), dir.path().join("long".repeat(40))] {
            store::private::folder(&root).unwrap();
            for _ in 0..2 {
                let listener = listen(&root).unwrap();
                let meta = std::fs::metadata(root.join(FILE)).unwrap();
                assert!(meta.file_type().is_socket());
                assert_eq!(meta.permissions().mode() & 0o777, 0o600);
                let asks = async {
                    let mut stream = connect(&root).await.unwrap();
                    stream.write_all(b"x").await.unwrap();
                };
                let answers = async {
                    let mut stream = accept(&listener).await.unwrap();
                    assert_eq!(stream.read_u8().await.unwrap(), b'x');
                };
                tokio::join!(asks, answers);
            }
        }
    }

    /// Not a story of its own: the other user's half of the two below.
    #[tokio::test]
    async fn the_half_of_another_user() {
        let Some(root) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
        if std::env::var_os(LISTENS).is_some() {
            let listener = listen(&root).unwrap();
            println!("\n{READY}");
            // Takes whoever comes, until it is killed.
            while let Ok(stream) = listener.accept().await {
                drop(stream);
            }
        }
        let socket = SocketPath::to(&root).unwrap();
        let mut stream = ConnectOptions::new().name(socket.name().unwrap()).connect_tokio().await.unwrap();
        // The holder may have closed the connection before this arrives.
        drop(stream.write_all(b"x\n").await);
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer).await);
        assert!(answer.is_empty(), "another user was answered");
    }

    /// A folder with every door open and this program in it, as another user starts it; `None` where nobody can be
    /// another user.
    fn other_user() -> Option<(tempfile::TempDir, Command)> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("not run: only root can be another user");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        open_to_all(dir.path());
        let program = dir.path().join("other");
        // By a process of its own: a file that this one has open to write would be so in every child that another test starts
        // meanwhile, and a program that anybody has open to write cannot be started.
        let copied = Command::new("cp").arg(std::env::current_exe().unwrap()).arg(&program).status().unwrap();
        assert!(copied.success());
        open_to_all(&program);
        let mut other = Command::new(program);
        other.args(["--exact", "--nocapture", "ipc::local_socket::tests::the_half_of_another_user"]);
        other.env(FOLDER, dir.path()).uid(NOBODY).stdout(Stdio::piped());
        Some((dir, other))
    }

    #[tokio::test]
    async fn another_user_is_not_answered_though_every_door_stands_open() {
        let Some((dir, mut other)) = other_user() else { return };
        let listener = listen(dir.path()).unwrap();
        open_to_all(&dir.path().join(FILE));
        let mut other = other.spawn().unwrap();
        // The next one who is let in is not the one who came first.
        let ours = async {
            let ended = tokio::task::spawn_blocking(move || other.wait().unwrap()).await.unwrap();
            assert!(ended.success());
            connect(dir.path()).await.unwrap()
        };
        let (stream, _ours) = tokio::join!(accept(&listener), ours);
        assert!(is_ours(&stream.unwrap()).unwrap());
    }

    #[tokio::test]
    async fn another_users_socket_is_not_asked() {
        let Some((dir, mut other)) = other_user() else { return };
        let mut other = other.env(LISTENS, "1").spawn().unwrap();
        let said = BufReader::new(other.stdout.take().unwrap());
        assert!(said.lines().any(|line| line.unwrap() == READY));
        let refused = connect(dir.path()).await.err().map(|e| e.kind());
        other.kill().unwrap();
        other.wait().unwrap();
        assert_eq!(refused, Some(io::ErrorKind::PermissionDenied));
    }
}
