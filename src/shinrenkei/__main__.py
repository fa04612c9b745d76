"""``python -m shinrenkei``: the command line."""

from shinrenkei.cli import main

if __name__ == "__main__":
    main()
