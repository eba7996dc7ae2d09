"""A process that brings databases up: for each address on standard input it says on standard output how it went."""

import sys

from qabot.models import Store
from qabot.models.migrate import upgrade


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        store = Store(line.strip(), inline=True)
        try:
            upgrade(store)
            print("done", flush=True)
        except Exception as error:
            print(f"{type(error).__name__}: {error}".replace("\n", " "), flush=True)
        finally:
            store.close()


if __name__ == "__main__":
    main()
