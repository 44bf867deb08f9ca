"""Reads network files of other tools into a form that the runtime takes."""
