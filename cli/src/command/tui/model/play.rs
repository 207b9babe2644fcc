//! A session that plays.

use std::time::Duration;

use retold_travel::Pace;

use super::Model;

/// As `retold replay` has it.
const SPEED: f64 = 10.0;
const IDLE_MAX: Duration = Duration::from_secs(1);

/// How fast, and when the next event is due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Play {
    pub(in super::super) speed: f64,
    pub(super) due: Option<Duration>,
}

impl Model {
    pub(super) fn toggle_play(&mut self) {
        self.play = match self.play {
            Some(_) => None,
            None => Some(Play { speed: SPEED, due: None }),
        };
        self.go_on_playing();
    }

    pub(super) fn speed(&mut self, faster: bool) {
        let Some(play) = &mut self.play else {
            return self.say("nothing plays: the space bar begins");
        };
        play.speed = (play.speed * if faster { 2.0 } else { 0.5 }).clamp(0.125, 10_240.0);
        play.due = None;
    }

    /// Steps on where the pause is over. It waits for the events to be read: a pause is known by the next one.
    pub(super) fn go_on_playing(&mut self) {
        let (Some(play), Some(opened)) = (&mut self.play, &mut self.opened) else { return };
        if play.due.is_some_and(|due| due <= self.now) {
            play.due = None;
            opened.go(opened.at() + 1);
        }
        let at = opened.at();
        if at >= opened.last {
            // With `follow` it waits for what comes.
            if !self.follow {
                self.play = None;
                self.say("played to the end");
            }
        } else if play.due.is_none()
            && let (Some(this), Some(next)) = (opened.event(at), opened.event(at + 1))
        {
            let pace = Pace { speed: play.speed, idle_max: IDLE_MAX };
            play.due = Some(self.now + pace.between(this.occurred_at, next.occurred_at));
        }
    }
}
