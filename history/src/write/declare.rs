//! How writes are declared.

/// Declares each write twice: one that waits, and one that gives a ticket; on a history, and with a key.
macro_rules! writes {
    ($($(#[$about:meta])* $name:ident $later:ident
        ($($argument:ident: $type:ty),*) -> $answer:ty = $command:expr;)*) => {
        impl SessionHistory {
            $(
                $(#[$about])*
                pub fn $name(&self, workspace_path: &str, $($argument: $type),*) -> Result<$answer, Error> {
                    self.writes().$name(workspace_path, $($argument),*)
                }

                #[doc = concat!("Does what [`", stringify!($name), "`](Self::", stringify!($name), ") does, without")]
                /// waiting for the disk: the ticket does. The write is made in the order of handing over, whatever becomes
                /// of the ticket. What is wrong with the call by itself comes at once; what is wrong with it as of its turn,
                /// a session that is not there, comes with the ticket.
                ///
                /// # Errors
                #[doc = concat!("Those of [`", stringify!($name), "`](Self::", stringify!($name), ").")]
                pub fn $later(
                    &self,
                    workspace_path: &str,
                    $($argument: $type),*
                ) -> Result<Ticket<$answer>, Error> {
                    self.writes().$later(workspace_path, $($argument),*)
                }
            )*
        }

        impl Writes<'_> {
            $(
                #[doc = concat!("See [`SessionHistory::", stringify!($name), "`].")]
                ///
                /// # Errors
                /// The same.
                pub fn $name(&self, workspace_path: &str, $($argument: $type),*) -> Result<$answer, Error> {
                    let ticket: Ticket<$answer> = self.hand_over(workspace_path, $command, true)?;
                    ticket.wait()
                }

                #[doc = concat!("See [`SessionHistory::", stringify!($later), "`].")]
                ///
                /// # Errors
                /// The same.
                pub fn $later(
                    &self,
                    workspace_path: &str,
                    $($argument: $type),*
                ) -> Result<Ticket<$answer>, Error> {
                    self.hand_over(workspace_path, $command, false)
                }
            )*
        }
    };
}
