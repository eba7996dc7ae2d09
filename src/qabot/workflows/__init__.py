"""What people do, a module for each process. Each registers its own actions, forms and command words."""
