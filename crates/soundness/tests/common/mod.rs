pub mod page;
pub mod sizes;
