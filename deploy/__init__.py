"""What a council installs and runs, and the lists that are derived from the tree's folders."""
