# Makes the smallest binary module there is: a manifest, and an assembly with one cmdlet that takes what Invoke-KmsEncrypt takes and
# does nothing.
param([string] $Folder)

$ErrorActionPreference = 'Stop'
$null = New-Item -ItemType Directory -Path $Folder
Add-Type -OutputType Library -OutputAssembly (Join-Path $Folder Empty.dll) -TypeDefinition @'
using System.Management.Automation;

[Cmdlet(VerbsDiagnostic.Test, "Empty")]
public sealed class TestEmptyCommand : PSCmdlet
{
    private static readonly object s_answer = new object();

    [Parameter(Position = 0, ValueFromPipeline = true)]
    public string KeyId { get; set; }

    [Parameter]
    public byte[] Plaintext { get; set; }

    protected override void ProcessRecord() { WriteObject(s_answer); }
}
'@
New-ModuleManifest -Path (Join-Path $Folder Empty.psd1) -RootModule Empty.dll -CmdletsToExport Test-Empty -FunctionsToExport @() -AliasesToExport @() -VariablesToExport @()
