"""Figures as Vega-Lite specs: one builder a figure, drawn for the page or for papers by its theme."""
