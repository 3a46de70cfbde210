using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>A cmdlet that works on tokens of a PKCS#11 library.</summary>
public abstract class HsmLibraryCmdlet : KmsCmdlet
{
    /// <summary>The PKCS#11 library of the HSM, such as /usr/lib/softhsm/libsofthsm2.so.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Library { get; set; } = "";

    private protected override object? Subject => Library;

    /// <summary>The full path; parameters of the library, after a bar, stay as they are.</summary>
    private protected string LibraryPath => ResolveLibrary(Library, ResolvePath);

    /// <summary>The full path of a library; its parameters, after a bar, stay as they are.</summary>
    internal static string ResolveLibrary(string library, Func<string, string> resolvePath)
    {
        int bar = library.IndexOf('|', StringComparison.Ordinal);
        return bar < 0 ? resolvePath(library) : resolvePath(library[..bar]) + library[bar..];
    }
}
