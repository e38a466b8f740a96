"""SQA-SAM's scores measured: against real errors, against graded ones, and calibrated."""
