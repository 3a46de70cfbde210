using System.Collections.Immutable;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using KmsTools.Binding;
using KmsTools.Cryptography;
using KmsTools.Estates;
using KmsTools.Loading;

namespace KmsTools.Commands;

/// <summary>Brings the store to the state that an estate file (YAML) describes: HSM clusters, custom key stores, keys and alarms.</summary>
/// <remarks>
/// Differences are resolved by the ordinary operations, one after the other. Nothing is ever deleted, and what the file does not name is
/// left as it is. A second run changes nothing. The whole file is checked before the first change, and an error names its line and column.
/// An import, though not -WhatIf, loads the PKCS#11 libraries that the file names into this process: import only files from senders whose
/// programs you would run.
/// about_KmsTools_Estates describes the format.
/// </remarks>
/// <example>
/// <code>
/// Import-KmsEstate ./estate.yaml -WhatIf
/// </code>
/// <para>Shows every change that would be made, each on a line.</para>
/// </example>
/// <example>
/// <code>
/// Connect-Kms -Temporary -SimulatedClock
/// Import-KmsEstate ./estate.yaml | Where-Object Action -ne Unchanged
/// </code>
/// <para>Gives a test suite a store with the same keys every time, and shows what was created.</para>
/// </example>
[Cmdlet(VerbsData.Import, "KmsEstate", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(EstateResult))]
public sealed class ImportKmsEstateCommand : KmsCmdlet
{
    private const int ProgressFrom = 20;

    /// <summary>The estate file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    private protected override object? Subject => Path;

    private protected override void Process()
    {
        string file = ResolvePath(Path);
        if (!File.Exists(file))
        {
            Refuse(KmsErrorRecord.NoEstate(file, Path));
        }

        try
        {
            using Estate estate = Read(file);
            using EstateImport import = EstateImport.Prepare(Engine, estate, LocalCaller, Ask);
            Apply(import);
        }
        catch (EstateException exception)
        {
            Refuse(KmsErrorRecord.OfEstate(exception, Path));
        }
    }

    private static Estate Read(string file)
    {
        using FileStream text = File.OpenRead(file);
        return DependencyLoadContext.CreateEstateFormat().Read(text).In(System.IO.Path.GetDirectoryName(file)!);
    }

    private void Apply(EstateImport import)
    {
        ImmutableArray<EstateChange> changes = import.Changes;
        if (changes.All(static change => change.Action is EstateAction.Unchanged or EstateAction.Waiting))
        {
            WriteVerbose("Nothing to do: the store is as the file describes it.");
        }

        ProgressRecord progress = new(0, $"Import {Path}", "Comparing");
        for (int i = 0; i < changes.Length && !Stopping; i++)
        {
            EstateChange change = changes[i];
            if (changes.Length >= ProgressFrom)
            {
                progress.StatusDescription = $"{change.Description}: {change.Target}";
                progress.PercentComplete = i * 100 / changes.Length;
                WriteProgress(progress);
            }

            if (change.Action is EstateAction.Unchanged or EstateAction.Waiting)
            {
                WriteObject(import.Result(change));
            }
            else if (ConfirmAction($"{change.Target}: {change.Description}"))
            {
                if (import.CanApply(change))
                {
                    WriteObject(import.Apply(change, LocalCaller));
                }
                else
                {
                    WriteVerbose($"Left out, because what it needs was declined: {change.Description}, {change.Target}.");
                }
            }
        }

        progress.RecordType = ProgressRecordType.Completed;
        WriteProgress(progress);
    }

    private Secret Ask(EstateQuestion question)
    {
        PSHostUserInterface? user = Host.UI;
        try
        {
            user?.Write($"{char.ToUpperInvariant(question.What[0])}{question.What[1..]} of {question.Owner}: ");
            using SecureString? secret = user?.ReadLineAsSecureString();
            return secret is null ? throw Unanswered(question) : PinnedText.Utf8(secret);
        }
        catch (Exception exception) when (exception is PSInvalidOperationException or HostException or NotImplementedException)
        {
            throw Unanswered(question);
        }
    }

    private static InvalidOperationException Unanswered(EstateQuestion question) => new(
        $"The {question.What} of {question.Owner} cannot be asked for: this PowerShell is not interactive. Give a {question.Member} with "
            + "environment or file.");
}
