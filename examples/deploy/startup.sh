#!/bin/sh
# Rendered for each deployment and handed to the instances as user data.
echo "<+artifact.version> in <+env.name>" > /etc/release
systemctl start web
