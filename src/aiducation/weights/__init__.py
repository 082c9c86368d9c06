"""The models that the package carries: the flagship, which the project trained, and YuNet, which finds faces."""
