using System.Management.Automation;
using System.Text;
using KmsTools.Binding;
using KmsTools.Estates;
using KmsTools.Files;
using KmsTools.Loading;

namespace KmsTools.Commands;

/// <summary>Exports the store as an estate (YAML), which Import-KmsEstate recreates in another store. Exports no secrets.</summary>
/// <remarks>
/// Key material, PINs, secret access keys, events and the actions of alarms are not exported, and neither are keys that are pending
/// deletion. The source of a PIN or a secret access key is not known: the import prompts for it, unless the file is changed. Key IDs are
/// exported if the store has a simulated clock, or if a key has no alias.
/// </remarks>
/// <example>
/// <code>
/// Export-KmsEstate ./estate.yaml
/// </code>
/// <para>Exports the store to a file.</para>
/// </example>
/// <example>
/// <code>
/// Export-KmsEstate | Select-String 'alias/'
/// </code>
/// <para>Finds the aliases in the exported estate.</para>
/// </example>
[Cmdlet(VerbsData.Export, "KmsEstate", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(string))]
public sealed class ExportKmsEstateCommand : KmsCmdlet
{
    private const string SchemaFile = "kms-estate.schema.json";

    /// <summary>The file to write. By default the text is returned.</summary>
    [Parameter(Position = 0)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Does not overwrite an existing file.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    private protected override object? Subject => Path;

    // Editors read the schema from the folder of the module.
    private static string Schema =>
        new Uri(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(typeof(ExportKmsEstateCommand).Assembly.Location)!, SchemaFile))
            .AbsoluteUri;

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

        if (ConfirmAction($"Write the estate to {file}"))
        {
            // In one step: a reader of the file sees the old text or the new one.
            PendingFile.Sweep(System.IO.Path.GetDirectoryName(file) ?? file);
            using PendingFile output = new(file, PendingFile.Usual);
            output.Stream.Write(Encoding.UTF8.GetBytes(text));
            if (!output.TryComplete(overwrite: !NoClobber))
            {
                Refuse(KmsErrorRecord.EstateExists(file, Path));
            }
        }
    }
}
