using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>A cmdlet that works on tokens of a PKCS#11 library, which are named by label or by URI.</summary>
public abstract class HsmLibraryCmdlet : KmsCmdlet
{
    private protected const string ByLabel = "TokenLabel";
    private protected const string ByUri = "Uri";

    /// <summary>The PKCS#11 library of the HSM, such as /usr/lib/softhsm/libsofthsm2.so.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLabel)]
    [HsmLibraryArgument]
    [ValidateNotNullOrEmpty]
    public string Library { get; set; } = "";

    private protected override object? Subject => ParameterSetName == ByUri ? WithoutPins(Uris) : Library;

    /// <summary>The URIs that were given.</summary>
    private protected abstract IReadOnlyCollection<string> Uris { get; }

    /// <summary>The full path; parameters of the library, after a bar, stay as they are.</summary>
    private protected string LibraryPath => ResolveLibrary(Library, ResolvePath);

    /// <summary>The full path of a library; its parameters, after a bar, stay as they are.</summary>
    internal static string ResolveLibrary(string library, Func<string, string> resolvePath)
    {
        int bar = library.IndexOf('|', StringComparison.Ordinal);
        return bar < 0 ? resolvePath(library) : resolvePath(library[..bar]) + library[bar..];
    }

    /// <summary>URIs as prompts and errors show them.</summary>
    internal static string WithoutPins(IEnumerable<string> uris) => string.Join(", ", uris.Select(HsmUri.WithoutPin));
}
