use std::{
    collections::HashMap,
    ffi::OsString,
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use model::Secret;

use super::{
    confine::Roots,
    fill::Filling,
    model::{Config, Include, Scenario, ScenarioFile, Step, WrittenStep},
    parse::{MAX_FILE_BYTES, parse},
    place::{Mistake, Place},
    variables::Values,
};
use crate::Error;

/// How many files may be included.
const MAX_FILES: usize = 500;

/// How deep includes may follow each other.
const MAX_INCLUDES: usize = 32;

/// A scenario file that is ready to run: variables are filled in, includes are followed.
#[derive(Clone)]
pub struct Suite {
    /// Where the guests connect, unless the command line says otherwise.
    pub config: Config,
    /// Steps before each scenario.
    pub setup: Vec<Step>,
    /// Steps after each scenario, also after one that failed.
    pub clean_up: Vec<Step>,
    /// In the order in which they are run.
    pub scenarios: Vec<Scenario<Step>>,
    /// The file and all that it includes, by their real paths.
    pub files: Vec<PathBuf>,
    /// What came from the environment. It must not be readable in a report or a log.
    pub masked: Vec<Secret>,
}

/// Its texts may hold values of the environment, so it says only how much there is.
impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite").field("scenarios", &self.scenarios.len()).finish_non_exhaustive()
    }
}

/// Reads a scenario file and all that it includes, and fills in its variables. `environment` answers `${env.NAME}`.
///
/// # Errors
/// [`Error::Unreadable`] for the file itself, or a [`Mistake`] in it or in a file that it includes: the first one in what
/// [`parse`] refuses, else the first one in its variables, else the first one in all the rest.
pub fn load(path: &Path, environment: &dyn Fn(&str) -> Option<OsString>) -> Result<Suite, Error> {
    let unreadable = |source| Error::Unreadable { file: path.to_owned(), source };
    let bytes = read_bounded(path).map_err(unreadable)?;
    let written = parse(path, &bytes)?;
    let roots = Roots::of(path).map_err(unreadable)?;
    let mut loader = Loader { roots, filling: Filling::new(environment), files: HashMap::new() };
    let source = loader.source(path.into(), written)?;
    // Under its real path, so that a file which includes it by another name meets this one.
    if let Ok(real) = path.canonicalize() {
        loader.files.insert(real, Ok(Rc::clone(&source)));
    }
    let written = &source.written;
    // All parts are looked at, since they are not run in the order in which they stand: the first mistake of the file is told.
    let mut mistakes = Vec::new();
    let config = loader.config(&source).unwrap_or_else(|mistake| noted(mistake, &mut mistakes));
    let mut steps = |steps: &[WrittenStep], of: Option<&str>| {
        let mut way: Way<'_> = of.map(|name| (Rc::clone(&source), name.to_owned())).into_iter().collect();
        loader.steps(&source, steps, &mut way).unwrap_or_else(|mistake| noted(mistake, &mut mistakes))
    };
    let setup = steps(&written.setup, None);
    let clean_up = steps(&written.clean_up, None);
    let mut scenarios = Vec::new();
    for scenario in &written.scenarios {
        let steps = steps(&scenario.steps, Some(&scenario.name));
        let Scenario { name, place, tags, timeout, skip, repeat, .. } = scenario.clone();
        scenarios.push(Scenario { name, place, steps, tags, timeout, skip, repeat });
    }
    match mistakes.into_iter().min_by_key(Mistake::met) {
        Some(mistake) => Err(mistake.into()),
        None => {
            let mut files: Vec<PathBuf> = loader.files.into_keys().collect();
            files.sort_unstable();
            Ok(Suite { config, setup, clean_up, scenarios, files, masked: loader.filling.into_masked() })
        }
    }
}

/// Keeps a mistake; nothing stands in for what has it.
fn noted<T: Default>(mistake: Mistake, mistakes: &mut Vec<Mistake>) -> T {
    mistakes.push(mistake);
    T::default()
}

/// Everything in a file, up to one byte more than a scenario file may have.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file and what its variables mean. Included steps keep the variables of their own file, so that a file means the same
/// wherever it is included.
struct Source<'a> {
    path: Arc<Path>,
    written: ScenarioFile,
    values: Values<'a>,
}

/// The scenarios whose steps are being put together, from the outermost on.
type Way<'a> = Vec<(Rc<Source<'a>>, String)>;

struct Loader<'a> {
    roots: Roots,
    filling: Filling<'a>,
    /// By path without links; a file with a mistake is not read again either.
    files: HashMap<PathBuf, Result<Rc<Source<'a>>, Mistake>>,
}

impl<'a> Loader<'a> {
    fn source(&mut self, path: Arc<Path>, written: ScenarioFile) -> Result<Rc<Source<'a>>, Mistake> {
        let values = self.filling.values(&written.variables)?;
        Ok(Rc::new(Source { path, written, values }))
    }

    fn config(&mut self, source: &Source<'a>) -> Result<Config, Mistake> {
        let mut config = source.written.config.clone();
        let Config { deployment_id, region, origin, pace: _ } = &mut config;
        for setting in [deployment_id, region, origin].into_iter().flatten() {
            setting.text = self.filling.text(&source.values, &setting.text, &setting.place)?;
        }
        Ok(config)
    }

    fn steps(
        &mut self,
        source: &Rc<Source<'a>>,
        written: &[WrittenStep],
        way: &mut Way<'a>,
    ) -> Result<Vec<Step>, Mistake> {
        let mut steps = Vec::new();
        for entry in written {
            match entry {
                WrittenStep::One(step) => {
                    let attachment = |path: &Path, at: &Place| {
                        attachment(&self.roots, &source.path, path).map_err(|why| at.mistake(why))
                    };
                    steps.push(self.filling.step(&source.values, step, &attachment)?);
                }
                WrittenStep::Include(include) => steps.append(&mut self.included(source, include, way)?),
            }
        }
        Ok(steps)
    }

    fn included(
        &mut self,
        source: &Rc<Source<'a>>,
        include: &Include,
        way: &mut Way<'a>,
    ) -> Result<Vec<Step>, Mistake> {
        let Include { place, file, scenario } = include;
        self.filling.count_include(place)?;
        let from =
            if file.as_os_str().is_empty() { Rc::clone(source) } else { self.file(source, file, place)? };
        let Some(meant) = from.written.scenarios.iter().find(|there| there.name == *scenario) else {
            let shown = from.path.display();
            return Err(place.mistake(format!("{shown} has no scenario {scenario:?} to include")));
        };
        if way.iter().any(|(on_the_way, name)| Rc::ptr_eq(on_the_way, &from) && name == scenario) {
            return Err(place.mistake(format!("the scenario {scenario:?} includes itself here, by a circle")));
        }
        if way.len() > MAX_INCLUDES {
            return Err(place.mistake(format!("includes may follow each other {MAX_INCLUDES} deep")));
        }
        way.push((Rc::clone(&from), scenario.clone()));
        let steps = self.steps(&from, &meant.steps, way);
        way.pop();
        let is_elsewhere = !Rc::ptr_eq(source, &from);
        steps.map_err(|mistake| if is_elsewhere { mistake.included_at(place) } else { mistake })
    }

    /// The file that an include names, read once.
    fn file(&mut self, source: &Source<'a>, file: &Path, at: &Place) -> Result<Rc<Source<'a>>, Mistake> {
        let shown = beside(&source.path, file);
        self.filling.count_path(&shown, at)?;
        let real = self.roots.resolve(&shown).map_err(|why| at.mistake(why))?;
        if let Some(known) = self.files.get(&real) {
            return known.clone().map_err(|mistake| mistake.included_at(at));
        }
        if self.files.len() > MAX_FILES {
            return Err(at.mistake(format!("at most {MAX_FILES} files can be included")));
        }
        let unreadable = |why: &str| at.mistake(format!("{} cannot be included: {why}", shown.display()));
        // Looked at before it is opened: opening a pipe waits for somebody to write.
        let bytes = match real.metadata() {
            Ok(about) if !about.is_file() => return Err(unreadable("it is no regular file")),
            Ok(_) => read_bounded(&real),
            Err(error) => Err(error),
        };
        let bytes = bytes.map_err(|error| unreadable(&in_words(error.kind())))?;
        let found = parse(&shown, &bytes).and_then(|written| self.source(shown.into(), written));
        self.files.insert(real, found.clone());
        found.map_err(|mistake| mistake.included_at(at))
    }
}

/// Why the system does not let a file be read.
fn in_words(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "this user has no right to it".to_owned(),
        other => other.to_string(),
    }
}

/// A path as it is written in a file, seen from where that file was named.
fn beside(source: &Path, path: &Path) -> PathBuf {
    source.parent().unwrap_or(Path::new("")).join(path)
}

/// The real path of a file to attach. It need not be there; what is there must be a file that can be read.
fn attachment(roots: &Roots, source: &Path, path: &Path) -> Result<PathBuf, String> {
    let real = roots.resolve(&beside(source, path))?;
    let refused = |why: &str| format!("{} cannot be attached: {why}", path.display());
    // Looked at before it is opened: opening a pipe waits for somebody to write.
    let opened = match real.metadata() {
        Ok(about) if !about.is_file() => return Err(refused("it is no regular file")),
        Ok(_) => File::open(&real).map(drop),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    opened.map(|()| real).map_err(|error| refused(&in_words(error.kind())))
}
