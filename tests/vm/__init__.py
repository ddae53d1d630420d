"""Tests in virtual machines: the ISO boots, installs, and comes up as the appliance."""
