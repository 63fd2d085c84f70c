"""The commands of `python3 -m acrtc_analysis`; each module adds its options and runs."""
