"""The augmentation in other toolkits, one file each."""
