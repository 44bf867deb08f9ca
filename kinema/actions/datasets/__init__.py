"""Published data sets of actions, one file each; `kinema.actions.reading` opens them all."""
