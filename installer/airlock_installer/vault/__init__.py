"""The site's passwords: asked for, kept encrypted by Ansible Vault, given to playbooks and to nobody else."""
