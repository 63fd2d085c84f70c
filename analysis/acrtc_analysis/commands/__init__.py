"""The commands of `python3 -m acrtc_analysis`; each module adds its options and runs."""


def add_runs(parser, help="a log, or a folder of logs"):
    parser.add_argument("runs", nargs="+", metavar="RUN", help=help)


def add_page(parser):
    parser.add_argument("-o", "--out", required=True, metavar="DIR", help="folder for report.html and figures/")
