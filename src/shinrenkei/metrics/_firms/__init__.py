"""What the measures of firms share: a panel read from any engine, changes by firm, groups, statistics."""
