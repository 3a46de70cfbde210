using System.Management.Automation;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using KmsTools.Commands;
using KmsTools.Files;
using KmsTools.Persistence;

namespace KmsTools.Rehearsal;

/// <summary>
/// Writes modules that have the names of those of AWS and re-export the cmdlets of this module, each in every version that a script may
/// require.
/// </summary>
/// <remarks>
/// They are in a folder of the user that is never deleted: a process that was started in a rehearsal may outlive it, and would find the AWS
/// modules in their place.
/// </remarks>
internal static partial class ShadowModules
{
    /// <summary>Distinguishes the shadows from the AWS modules.</summary>
    public static readonly Guid Id = new("6f6d1c0e-5b0f-4a35-9d5e-3c1f6a9b7e21");

    // Above any version that AWS has published, so that every minimum is met.
    private static readonly Version Newest = new(999, 0, 0);

    /// <summary>The versions that the shadows have: the newest, those of the installed AWS modules, and others.</summary>
    /// <param name="searched">The folders where PowerShell looks for modules.</param>
    /// <param name="others">Versions that scripts require.</param>
    public static IReadOnlyList<Version> Versions(IEnumerable<string> searched, IEnumerable<Version> others) =>
    [
        .. searched.SelectMany(static folder => AwsModules.Names.Select(name => Path.Combine(folder, name))).Where(Directory.Exists)
            .SelectMany(InstalledVersions).Concat(others).Append(Newest).Distinct().Order(),
    ];

    /// <summary>Writes the shadows, unless they exist.</summary>
    /// <param name="versions">The versions of each.</param>
    /// <returns>The folder for PSModulePath.</returns>
    public static string Write(IReadOnlyList<Version> versions)
    {
        Dictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (Version version in versions)
        {
            foreach (string name in AwsModules.Names)
            {
                string place = Path.Combine(name, version.ToString());
                files.Add(Path.Combine(place, name + ".psd1"), Manifest(name, version));
                files.Add(Path.Combine(place, name + ".psm1"), Script(name));
            }
        }

        // The name identifies the content: whatever exists under this name is complete and correct.
        string content = string.Join('\n', files.Select(static file => file.Key + file.Value));
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
        string folder = Path.Combine(Root(), digest[..16]);
        if (!Directory.Exists(folder))
        {
            string unfinished = folder + "." + Guid.NewGuid().ToString("N");
            foreach ((string file, string text) in files)
            {
                string path = Path.Combine(unfinished, file);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, text);
            }

            try
            {
                Directory.Move(unfinished, folder);
            }
            catch (IOException) when (Directory.Exists(folder))
            {
                // Another process was first.
                Directory.Delete(unfinished, recursive: true);
            }
        }

        return folder;
    }

    private static bool HasKms(string name) => name != AwsModules.Common;

    private static bool HasCommon(string name) => name != AwsModules.KeyManagementService;

    private static string Root()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
        return home.Length > 0
            ? DefaultStore.PathOfUser(home, "rehearsal")
            : throw new DirectoryNotFoundException("The user has no folder for data of applications: set HOME or XDG_DATA_HOME.");
    }

    private static IEnumerable<Version> InstalledVersions(string folder)
    {
        foreach (string child in Directory.EnumerateDirectories(folder))
        {
            if (Version.TryParse(Path.GetFileName(child), out Version? version))
            {
                yield return version;
            }
        }

        // A module may also exist without a folder for its version.
        string manifest = Path.Combine(folder, Path.GetFileName(folder) + ".psd1");
        string given = File.Exists(manifest) ? ManifestVersion().Match(File.ReadAllText(manifest)).Groups[1].Value : "";
        if (Version.TryParse(given, out Version? only))
        {
            yield return only;
        }
    }

    private static string Manifest(string name, Version version)
    {
        IEnumerable<string> none = [];
        string needs = name == AwsModules.KeyManagementService
            ? $"\n  RequiredModules   = @(@{{ ModuleName = '{AwsModules.Common}'; RequiredVersion = '{version}' }})"
            : "";
        return $$"""
            # Stands in for the module of AWS in a rehearsal: Get-Help Enable-KmsRehearsal
            @{
              RootModule        = '{{name}}.psm1'
              ModuleVersion     = '{{version}}'
              GUID              = '{{Id}}'
              Author            = 'KmsTools contributors'
              Description       = 'Stands in for {{name}} in a rehearsal: its cmdlets are those of KmsTools.'{{needs}}
              CmdletsToExport   = {{List(HasKms(name) ? Cmdlets() : none)}}
              AliasesToExport   = {{List((HasKms(name) ? CmdletAliases() : none).Concat(HasCommon(name) ? Names(CommonAlias()) : none))}}
              FunctionsToExport = {{List(HasCommon(name) ? Names(CommonFunction()) : none)}}
              VariablesToExport = @()
            }

            """;
    }

    // The module itself is imported for all, because the shadows only re-export what it has, and once more for the shadow to re-export it.
    private static string Script(string name)
    {
        string folder = Path.GetDirectoryName(typeof(ShadowModules).Assembly.Location)!;
        string manifest = QuotedText.Of(Path.Combine(folder, "KmsTools.psd1"));
        string kms = HasKms(name)
            ? $"""
                Import-Module {manifest} -Global
                Import-Module {manifest}

                """
            : "";
        return $"{kms}{(HasCommon(name) ? CommonScript() : "")}Export-ModuleMember -Cmdlet * -Alias * -Function *\n";
    }

    private static string CommonScript()
    {
        using Stream stream = typeof(ShadowModules).Assembly.GetManifestResourceStream("KmsTools.Rehearsal.Common.ps1")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    private static IEnumerable<Type> Operations() =>
        typeof(ShadowModules).Assembly.GetExportedTypes().Where(static type => !type.IsAbstract && MakesCalls(type));

    private static bool MakesCalls(Type? type) => type is not null
        && ((type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KmsOperationCmdlet<,>)) || MakesCalls(type.BaseType));

    private static IEnumerable<string> Cmdlets() => Operations()
        .Select(static type => type.GetCustomAttribute<CmdletAttribute>()!)
        .Select(static cmdlet => $"{cmdlet.VerbName}-{cmdlet.NounName}");

    private static IEnumerable<string> CmdletAliases() =>
        Operations().SelectMany(static type => type.GetCustomAttribute<AliasAttribute>()?.AliasNames ?? []);

    private static IEnumerable<string> Names(Regex definition) =>
        definition.Matches(CommonScript()).Select(static match => match.Groups[1].Value);

    private static string List(IEnumerable<string> names) =>
        $"@({string.Join(", ", names.Order(StringComparer.Ordinal).Select(static name => $"'{name}'"))})";

    [GeneratedRegex(@"^\s*ModuleVersion\s*=\s*['""]([0-9.]+)['""]", RegexOptions.Multiline)]
    private static partial Regex ManifestVersion();

    [GeneratedRegex(@"^function ([\w-]+)", RegexOptions.Multiline)]
    private static partial Regex CommonFunction();

    [GeneratedRegex(@"^Set-Alias ([\w-]+)", RegexOptions.Multiline)]
    private static partial Regex CommonAlias();
}
