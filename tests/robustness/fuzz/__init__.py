"""Hostile input by the hundred thousand: documents, expressions, inputs, commands, answers of Spot and AWS."""
