use tauri::image::Image;

use super::words::IconState;

/// The icon with what it has to say: plain when all is well, grey when offline, else with a badge. The badges differ
/// in shape too, for whom red and amber look alike.
pub(crate) fn icon(state: IconState) -> Image<'static> {
    let base = tauri::include_image!("icons/64x64.png");
    Image::new_owned(draw(base.rgba(), base.width(), state), base.width(), base.height())
}

const AMBER: [u8; 3] = [0xfa, 0xb0, 0x05];
const RED: [u8; 3] = [0xe0, 0x31, 0x31];
const WHITE: [u8; 3] = [0xff, 0xff, 0xff];

/// `rgba`: rows of `side` pixels, four bytes each.
fn draw(rgba: &[u8], side: u32, state: IconState) -> Vec<u8> {
    let mut drawn = rgba.to_vec();
    for (at, pixel) in (0u32..).zip(drawn.chunks_exact_mut(4)) {
        let side = side.max(1);
        // From the middle of the badge, in parts of the icon's width.
        let part = |n: u32| (f64::from(n) + 0.5) / f64::from(side) - 0.72;
        let (x, y) = (part(at % side), part(at / side));
        match state {
            IconState::Normal => {}
            IconState::Offline => grey(pixel),
            IconState::Pending => badge(pixel, (x, y), side, AMBER),
            IconState::Problem => {
                badge(pixel, (x, y), side, RED);
                let bar = x.abs() < 0.045 && (-0.17..0.06).contains(&y);
                let dot = x.abs() < 0.045 && (0.10..0.18).contains(&y);
                if bar || dot {
                    paint(pixel, WHITE, 1.0);
                }
            }
        }
    }
    drawn
}

/// A disc in the lower right corner, with a gap around it, so that it stands off on every background.
fn badge(pixel: &mut [u8], (x, y): (f64, f64), side: u32, colour: [u8; 3]) {
    let inside = |radius: f64| ((radius - x.hypot(y)) * f64::from(side) + 0.5).clamp(0.0, 1.0);
    if let [.., alpha] = pixel {
        *alpha = byte(f64::from(*alpha) * (1.0 - inside(0.33)));
    }
    paint(pixel, colour, inside(0.27));
}

fn paint(pixel: &mut [u8], colour: [u8; 3], cover: f64) {
    if cover > 0.0
        && let [red, green, blue, alpha] = pixel
    {
        // The gap has left nothing under the disc: only the cover counts.
        [*red, *green, *blue] = colour;
        *alpha = byte(255.0 * cover);
    }
}

fn grey(pixel: &mut [u8]) {
    if let [red, green, blue, _] = pixel {
        let luma = byte(0.299 * f64::from(*red) + 0.587 * f64::from(*green) + 0.114 * f64::from(*blue));
        [*red, *green, *blue] = [luma; 3];
    }
}

/// 0 to 255, as it is clamped.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn byte(value: f64) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [IconState; 4] =
        [IconState::Normal, IconState::Pending, IconState::Offline, IconState::Problem];

    fn pixel(image: &Image<'_>, x: u32, y: u32) -> [u8; 4] {
        let at = usize::try_from((y * image.width() + x) * 4).unwrap();
        image.rgba()[at..at + 4].try_into().unwrap()
    }

    #[test]
    fn every_state_has_a_picture_of_its_own() {
        for (at, state) in STATES.into_iter().enumerate() {
            let drawn = icon(state);
            assert_eq!((drawn.width(), drawn.height()), (64, 64));
            assert!(STATES[..at].iter().all(|other| icon(*other).rgba() != drawn.rgba()), "{state:?}");
        }
    }

    #[test]
    fn the_badge_leaves_the_rest_of_the_icon_as_it_is() {
        for state in [IconState::Pending, IconState::Problem] {
            assert_eq!(pixel(&icon(state), 20, 8), pixel(&icon(IconState::Normal), 20, 8));
            assert_eq!(pixel(&icon(state), 27, 46)[3], 0, "a gap stands around the badge");
        }
        assert_eq!(pixel(&icon(IconState::Pending), 56, 46), [0xfa, 0xb0, 0x05, 0xff]);
        assert_eq!(pixel(&icon(IconState::Problem), 56, 46), [0xe0, 0x31, 0x31, 0xff]);
        assert_eq!(pixel(&icon(IconState::Problem), 46, 42), [0xff, 0xff, 0xff, 0xff]);
    }

    #[test]
    fn offline_has_no_colour() {
        let drawn = icon(IconState::Offline);
        assert!(drawn.rgba().chunks_exact(4).all(|p| p[0] == p[1] && p[1] == p[2]));
    }

    #[test]
    fn an_icon_that_is_no_square_is_drawn_too() {
        assert_eq!(draw(&[], 0, IconState::Problem), Vec::<u8>::new());
        assert_eq!(draw(&[1, 2, 3], 0, IconState::Problem), vec![1, 2, 3]);
        assert_eq!(draw(&[9; 16], 0, IconState::Pending).len(), 16);
    }
}
