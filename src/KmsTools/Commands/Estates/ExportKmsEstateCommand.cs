using System.Management.Automation;
using System.Text;
using KmsTools.Estates;
using KmsTools.Files;
using KmsTools.Loading;

namespace KmsTools.Commands;

/// <summary>Describes the store as an estate (YAML), which Import-KmsEstate brings about in another store. Writes no secrets.</summary>
/// <remarks>
/// Key material, PINs, events and the actions of alarms are no part of it, nor are keys that are pending deletion. Where the PIN of a cluster comes from is not
/// known: the import asks for it, unless the file is changed. Key IDs are written where the store has a simulated clock, or where a
/// key has no alias.
/// </remarks>
/// <example>
/// <code>
/// Export-KmsEstate ./estate.yaml
/// </code>
/// <para>Writes the description of the store to a file.</para>
/// </example>
/// <example>
/// <code>
/// Export-KmsEstate | Select-String 'alias/'
/// </code>
/// <para>Looks for aliases in the description.</para>
/// </example>
[Cmdlet(VerbsData.Export, "KmsEstate", SupportsShouldProcess = true)]
[OutputType(typeof(string))]
public sealed class ExportKmsEstateCommand : KmsCmdlet
{
    private const string SchemaFile = "kms-estate.schema.json";

    /// <summary>The file to write. Without it the text is the output.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Refuses to overwrite a file that exists.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    private protected override object? Subject => Path;

    // Editors read the schema from the folder of the module.
    private static string Schema =>
        new Uri(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(typeof(ExportKmsEstateCommand).Assembly.Location)!, SchemaFile)).AbsoluteUri;

    private protected override void Process()
    {
        string text = DependencyLoadContext.CreateEstateFormat().Write(
            EstateExport.Read(Engine, WriteWarning), Schema);
        if (Path is null)
        {
            WriteObject(text);
            return;
        }

        string file = ResolvePath(Path);
        if (NoClobber && File.Exists(file))
        {
            Refuse(KmsErrorRecord.EstateExists(file, Path));
        }

        if (ShouldProcess(file, "Write the estate"))
        {
            // In one step: whoever reads the file sees the old text or the new one.
            string unfinished = $"{file}.{Guid.NewGuid():N}.tmp";
            try
            {
                File.WriteAllText(unfinished, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
                if (!NoClobber)
                {
                    File.Move(unfinished, file, overwrite: true);
                }
                else if (!AtomicMove.TryMoveFile(unfinished, file))
                {
                    Refuse(KmsErrorRecord.EstateExists(file, Path));
                }
            }
            finally
            {
                File.Delete(unfinished);
            }
        }
    }
}
