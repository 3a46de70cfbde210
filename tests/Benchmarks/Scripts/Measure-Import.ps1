# Imports a module and ends: the whole process is measured.
param([string] $Manifest)

$ErrorActionPreference = 'Stop'
Import-Module $Manifest
