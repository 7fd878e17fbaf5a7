//! The task of a chat: carries what comes to the machine and does what it wants done. The only place here that waits.

use std::{
    collections::{HashMap, VecDeque},
    future::Future,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use futures_util::{SinkExt, StreamExt, stream::FuturesUnordered};
use model::{Clock, Secret};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep_until, timeout},
};
use url::Url;
use uuid::Uuid;

use super::{
    chat::Command,
    deployment::Deployment,
    dialer::{Dialer, Socket, SocketFrame},
    error::WebMessagingError,
    event::ChatEvent,
    history::{read_page, upload},
    machine::{Effect, Input, Machine, Now, PAGE},
};
use crate::{BodySent, Transport};

/// A frame that the network does not take within this will not leave any more.
const WRITE: Duration = Duration::from_secs(10);

/// So long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// How far an upload is, is told no more often.
const PROGRESS: Duration = Duration::from_millis(100);

/// More people do not wait for addresses of files at once.
const MOST_LINKS: usize = 64;

type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Dialed = Result<Pin<Box<dyn Socket>>, WebMessagingError>;
type LinkReply = oneshot::Sender<Result<Secret, WebMessagingError>>;

/// What a chat works with.
pub(crate) struct Driver {
    pub(crate) deployment: Deployment,
    pub(crate) address: Url,
    pub(crate) dialer: Arc<dyn Dialer>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: mpsc::Sender<ChatEvent>,
    pub(crate) commands: mpsc::UnboundedReceiver<Command>,
}

/// Everything that may happen next.
struct Running {
    driver: Driver,
    began: Instant,
    /// Commands that came while an event was waiting to be read.
    early: VecDeque<Command>,
    dialing: Option<Task<Dialed>>,
    socket: Option<Pin<Box<dyn Socket>>>,
    /// Pages and uploads.
    errands: FuturesUnordered<Task<Input>>,
    uploading: Option<Uploading>,
    links: HashMap<String, Vec<LinkReply>>,
    /// Why the last frame could not be written.
    broken: Option<WebMessagingError>,
}

/// How far the upload under way is.
struct Uploading {
    attachment: Uuid,
    /// In bytes.
    sent: watch::Receiver<u64>,
    /// It is told again from then on.
    next: Instant,
}

/// The last [`super::Chat`] was dropped, or the chat is over.
struct Finished;

impl Driver {
    /// Until the chat is over or nobody holds it any more.
    pub(crate) async fn run(self, mut machine: Machine) {
        let mut running = Running {
            driver: self,
            began: Instant::now(),
            early: VecDeque::new(),
            dialing: None,
            socket: None,
            errands: FuturesUnordered::new(),
            uploading: None,
            links: HashMap::new(),
            broken: None,
        };
        let mut input = Input::Begin;
        loop {
            let effects = machine.handle(running.now(), input);
            if running.perform(effects).await.is_err() {
                return;
            }
            input = match running.broken.take() {
                Some(why) => Input::Lost(why),
                None => match running.next(machine.deadline()).await {
                    Ok(input) => input,
                    Err(Finished) => return,
                },
            };
        }
    }
}

impl Running {
    fn now(&self) -> Now {
        Now { since: self.began.elapsed(), wall: self.driver.clock.now() }
    }

    /// Waits for whatever comes first. What is there already goes before a deadline, so that a chat that was held up does not take
    /// an answer for missing that lies unread; the machine looks at its deadlines with every input, so that none is starved.
    async fn next(&mut self, deadline: Option<Duration>) -> Result<Input, Finished> {
        if let Some(command) = self.early.pop_front() {
            return Ok(self.command(command));
        }
        let until = deadline.and_then(|deadline| self.began.checked_add(deadline));
        let alarm = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            command = self.driver.commands.recv() => match command {
                Some(command) => Ok(self.command(command)),
                None => Err(Finished),
            },
            Some(input) = self.errands.next(), if !self.errands.is_empty() => Ok(input),
            input = progress(&mut self.uploading) => Ok(input),
            dialed = dialed(&mut self.dialing) => {
                self.dialing = None;
                Ok(match dialed {
                    Ok(socket) => {
                        self.socket = Some(socket);
                        Input::Opened
                    }
                    Err(why) => Input::Lost(why),
                })
            }
            frame = received(&mut self.socket) => Ok(self.frame(frame)),
            () = alarm => Ok(Input::Tick),
        }
    }

    fn command(&mut self, command: Command) -> Input {
        match command {
            Command::FileLink(attachment, reply) => {
                let waiting = self.links.values().map(Vec::len).sum::<usize>();
                if waiting >= MOST_LINKS {
                    drop(
                        reply.send(Err(WebMessagingError::Lost("too many are asked for at once".to_owned()))),
                    );
                    return Input::Tick;
                }
                self.links.entry(attachment.clone()).or_default().push(reply);
                Input::WantLink(attachment)
            }
            command => Input::Command(command),
        }
    }

    fn frame(&mut self, frame: Option<Result<SocketFrame, WebMessagingError>>) -> Input {
        let why = match frame {
            Some(Ok(SocketFrame::Text(text))) => return Input::Text(text),
            Some(Ok(SocketFrame::Binary(bytes))) => {
                return String::from_utf8(bytes.into()).map_or(Input::NoText, Input::Text);
            }
            Some(Ok(SocketFrame::Close { code, reason })) => {
                let code = code.map(|code| format!(" with {code}")).unwrap_or_default();
                let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
                WebMessagingError::Lost(format!("the org closed it{code}{reason}"))
            }
            Some(Err(why)) => why,
            None => WebMessagingError::Lost("the org closed it without a word".to_owned()),
        };
        self.socket = None;
        Input::Lost(why)
    }

    async fn perform(&mut self, effects: Vec<Effect>) -> Result<(), Finished> {
        for effect in effects {
            match effect {
                Effect::Tell(event) => self.tell(event).await?,
                Effect::Send(frame) => self.send(frame.json.to_string()).await,
                Effect::Dial => {
                    let Driver { dialer, address, deployment, .. } = &self.driver;
                    let (dialer, address) = (Arc::clone(dialer), address.clone());
                    let origin = deployment.origin.clone();
                    self.socket = None;
                    self.dialing =
                        Some(Box::pin(async move { dialer.dial(&address, origin.as_deref()).await }));
                }
                Effect::HangUp => self.hang_up().await,
                Effect::ReadHistory { walk, jwt, page } => {
                    let address = self.driver.deployment.history_page(PAGE, page);
                    let origin = self.driver.deployment.origin.clone();
                    let transport = Arc::clone(&self.driver.transport);
                    self.errands.push(Box::pin(async move {
                        Input::History(walk, read_page(&*transport, &address, origin.as_deref(), &jwt).await)
                    }));
                }
                Effect::Upload { attachment, url, headers, file } => {
                    let transport = Arc::clone(&self.driver.transport);
                    let (told, sent) = BodySent::new();
                    self.uploading = Some(Uploading { attachment, sent, next: Instant::now() });
                    self.errands.push(Box::pin(async move {
                        Input::Uploaded(attachment, upload(&*transport, &url, &headers, file, told).await)
                    }));
                }
                Effect::Link { attachment, link } => {
                    for reply in self.links.remove(&attachment).into_iter().flatten() {
                        drop(reply.send(link.clone()));
                    }
                }
                Effect::Finish => return Err(Finished),
            }
        }
        Ok(())
    }

    /// Hands an event over. Whoever does not read holds the chat up, and what they do meanwhile is kept; with nobody to read the
    /// chat goes on.
    async fn tell(&mut self, event: ChatEvent) -> Result<(), Finished> {
        let events = self.driver.events.clone();
        let handed_over = events.send(event);
        tokio::pin!(handed_over);
        loop {
            tokio::select! {
                biased;
                _ = &mut handed_over => return Ok(()),
                command = self.driver.commands.recv() => match command {
                    Some(command) => self.early.push_back(command),
                    None => return Err(Finished),
                },
            }
        }
    }

    async fn send(&mut self, text: String) {
        let Some(socket) = &mut self.socket else { return };
        let why = match timeout(WRITE, socket.send(SocketFrame::Text(text))).await {
            Ok(Ok(())) => return,
            Ok(Err(why)) => why,
            Err(_) => WebMessagingError::Lost("the network took nothing more".to_owned()),
        };
        self.socket = None;
        self.broken = Some(why);
    }

    async fn hang_up(&mut self) {
        self.dialing = None;
        self.errands.clear();
        self.broken = None;
        if let Some(mut socket) = self.socket.take() {
            let farewell = SocketFrame::Close { code: Some(1000), reason: String::new() };
            // It is over either way.
            let _ = timeout(FAREWELL, socket.send(farewell)).await;
        }
    }
}

/// The next that is known of an upload; never, once it is over.
async fn progress(uploading: &mut Option<Uploading>) -> Input {
    let Some(Uploading { attachment, sent, next }) = uploading else {
        return std::future::pending().await;
    };
    sleep_until(*next).await;
    if sent.changed().await.is_err() {
        return std::future::pending().await;
    }
    *next = Instant::now() + PROGRESS;
    Input::Uploading(*attachment, *sent.borrow_and_update())
}

async fn dialed<T>(dialing: &mut Option<Task<T>>) -> T {
    match dialing {
        Some(dialing) => dialing.await,
        None => std::future::pending().await,
    }
}

async fn received(
    socket: &mut Option<Pin<Box<dyn Socket>>>,
) -> Option<Result<SocketFrame, WebMessagingError>> {
    match socket {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}
