from aiducation.cli import main

main()
