"""What runs on this machine and, carried there by Ansible's modules, on the nodes: under Python 3.6 there."""
