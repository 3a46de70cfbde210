# Imports a module, and ends.
param([string] $Manifest)

$ErrorActionPreference = 'Stop'
Import-Module $Manifest
