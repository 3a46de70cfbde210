namespace KmsTools.Sessions;

/// <summary>
/// The profiles of the shared credentials file and of the configuration file beside it. Source: "Shared config and credentials files", AWS
/// SDKs and Tools Reference Guide.
/// </summary>
internal sealed class SharedProfiles
{
    private const string CredentialsVariable = "AWS_SHARED_CREDENTIALS_FILE";
    private const string ConfigurationVariable = "AWS_CONFIG_FILE";
    private const string ProfilePrefix = "profile ";

    private readonly Dictionary<string, Dictionary<string, string>> _profiles = new(StringComparer.Ordinal);

    private SharedProfiles(string location) => Location = location;

    /// <summary>The credentials file.</summary>
    public string Location { get; }

    /// <summary>Reads the files. One that does not exist has no profiles.</summary>
    /// <param name="location">The credentials file; null for that of the user.</param>
    public static SharedProfiles Read(string? location)
    {
        string folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aws");
        SharedProfiles profiles = new(location ?? FileOf(CredentialsVariable) ?? Path.Combine(folder, "credentials"));

        // What the credentials file says about a profile counts more.
        profiles.Add(profiles.Location, isConfiguration: false);
        if (location is null)
        {
            profiles.Add(FileOf(ConfigurationVariable) ?? Path.Combine(folder, "config"), isConfiguration: true);
        }

        return profiles;
    }

    /// <summary>The names of the profiles.</summary>
    public IEnumerable<string> Names => _profiles.Keys;

    /// <summary>The settings of a profile, or null.</summary>
    public IReadOnlyDictionary<string, string>? Find(string name) => _profiles.GetValueOrDefault(name);

    private static string? FileOf(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } file ? file : null;

    private void Add(string file, bool isConfiguration)
    {
        if (!File.Exists(file))
        {
            return;
        }

        Dictionary<string, string>? profile = null;
        foreach (string line in File.ReadLines(file))
        {
            string text = line.Trim();
            if (text is ['[', .., ']'])
            {
                profile = NameOf(text[1..^1].Trim(), isConfiguration) is { } name ? ProfileOf(name) : null;
            }
            else if (profile is not null && text.Length > 0 && text[0] is not ('#' or ';') && !char.IsWhiteSpace(line[0])
                && text.IndexOf('=', StringComparison.Ordinal) is var at and > 0)
            {
                profile.TryAdd(text[..at].Trim(), text[(at + 1)..].Trim());
            }
        }
    }

    // The configuration file has other sections too.
    private static string? NameOf(string section, bool isConfiguration) =>
        !isConfiguration || section == "default" ? section
        : section.StartsWith(ProfilePrefix, StringComparison.Ordinal) ? section[ProfilePrefix.Length..].Trim()
        : null;

    private Dictionary<string, string> ProfileOf(string name)
    {
        if (!_profiles.TryGetValue(name, out Dictionary<string, string>? profile))
        {
            _profiles[name] = profile = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        }

        return profile;
    }
}
