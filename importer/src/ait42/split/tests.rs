mod damage;
mod layout;
mod limits;
mod properties;
mod support;
