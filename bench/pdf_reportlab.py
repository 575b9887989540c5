"""The same rows drawn by ReportLab's canvas, the quicker of its two ways (platypus takes several times as
long): five cells a row, a bar for each site, page numbers, an embedded TrueType font. Shows less than the
report of Nines: no chart, no tags, no links, no kerning.

    python3 bench/pdf_reportlab.py document.json out.pdf
"""

import json
import sys

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONT = "node_modules/@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf"
WIDTHS = [98, 98, 100, 46, 165]
ROW = 17
TOP, BOTTOM = 798, 57


def clock(instant):
    return "ongoing" if instant is None else instant[:19].replace("T", " ")


def duration(seconds):
    parts = []
    for unit, name in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= unit:
            parts.append(f"{int(seconds // unit)}{name}")
            seconds %= unit
    return " ".join(parts + ([f"{seconds:g}s"] if seconds or not parts else []))


class Report:
    def __init__(self, path):
        pdfmetrics.registerFont(TTFont("Inter", FONT))
        self.canvas = Canvas(path, pagesize=(595.28, 841.89), pageCompression=1)
        self.page = 0
        self.start_page()

    def start_page(self):
        if self.page:
            self.canvas.showPage()
        self.page += 1
        self.y = TOP
        self.canvas.setFont("Inter", 8)
        self.canvas.drawRightString(551, 30, f"Page {self.page}")

    def row(self, cells):
        if self.y < BOTTOM:
            self.start_page()
        x = 44
        for index, (cell, width) in enumerate(zip(cells, WIDTHS)):
            if index == 2:
                self.canvas.drawRightString(x + width - 11, self.y, cell)
            else:
                self.canvas.drawString(x, self.y, cell)
            x += width
        self.canvas.line(44, self.y - 6, 551, self.y - 6)
        self.y -= ROW


def main(source, target):
    with open(source, encoding="utf-8") as file:
        document = json.load(file)
    report = Report(target)
    for site in document["sites"]:
        uptime = site["uptime_percentage"] or 0
        report.row(
            [
                site["name"],
                f"{uptime:.3f}%",
                duration(site["downtime_seconds"]),
                str(len(site["incidents"])),
                "",
            ]
        )
        report.canvas.setFillColorRGB(0.7, 0.15, 0.12)
        report.canvas.rect(400, report.y + ROW, uptime * 1.3, 7, stroke=0, fill=1)
        report.canvas.setFillColorRGB(0, 0, 0)
    for site in document["sites"]:
        report.row([site["name"]])
        for incident in site["incidents"]:
            report.row(
                [
                    clock(incident["started_at"]),
                    clock(incident["ended_at"]),
                    duration(incident["service_seconds"]),
                    incident["category"],
                    incident["cause"] or "no cause given",
                ]
            )
    report.canvas.save()


main(*sys.argv[1:3])
