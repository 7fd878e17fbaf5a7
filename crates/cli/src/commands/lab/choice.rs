use app::LabChoice;

use crate::args::LabPlace;

/// What the arguments say of where guests chat.
pub fn choice(place: &LabPlace) -> LabChoice {
    LabChoice {
        deployment: place.deployment.clone(),
        region: place.region.clone(),
        origin: place.origin.clone(),
        file: None,
    }
}
