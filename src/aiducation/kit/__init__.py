"""The consent kit: texts to adapt before anybody is analyzed, with everything filled in that the program knows."""
