using System.Collections.Immutable;
using KmsTools.Estates;
using KmsTools.XksProxy.Metrics;
using KmsTools.XksProxy.Settings;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>The configuration of a proxy, read from a file.</summary>
/// <param name="Settings">What the proxy is told.</param>
/// <param name="LogFile">Full path of the file of its log; null for standard output.</param>
/// <param name="Files">Full paths of the file itself and of the files with secrets and certificates that it names.</param>
/// <param name="Credentials">How old its credentials are, as far as is known.</param>
internal sealed record ProxyConfiguration(
    XksProxySettings Settings, string? LogFile, ImmutableArray<string> Files, ImmutableArray<CredentialAge> Credentials)
{
    /// <summary>The JSON Schema (draft 2020-12) of the format, which ends with a line feed.</summary>
    public static string Schema => YamlSchema.Write(ProxyFormat.Instance, "KmsTools XKS proxy");

    /// <summary>Reads and checks a configuration, and that its secrets are there.</summary>
    /// <param name="path">The file: YAML 1.2 in UTF-8.</param>
    /// <exception cref="ConfigurationException">It cannot be read or used; the message has everything that is wrong.</exception>
    public static ProxyConfiguration Read(string path)
    {
        string full = Path.GetFullPath(path);
        try
        {
            using FileStream text = File.OpenRead(full);
            EstateErrors errors = new();
            ProxyDraft? draft = ProxyFormat.Instance.Read(YamlTree.Read(text, ProxyFormat.Instance, errors), errors);
            SettingsBuilder builder = new(Path.GetDirectoryName(full)!, errors);
            XksProxySettings? settings = draft is null ? null : builder.Build(draft);
            if (errors.All.Count > 0)
            {
                throw new EstateException(errors.All);
            }

            // What has no position, if anything has none.
            if (SettingsCheck.Problems(settings!) is { IsEmpty: false } problems)
            {
                throw new ConfigurationException(string.Join(Environment.NewLine, problems.Select(problem => $"{path}: {problem}")));
            }

            return new ProxyConfiguration(settings!, builder.PathOf(draft!.LogFile), [full, .. builder.Files], [.. builder.Credentials]);
        }
        catch (EstateException exception)
        {
            throw new ConfigurationException(exception.Describe(path), exception);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException($"The configuration '{path}' does not exist.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The configuration '{path}' cannot be read: {exception.Message}", exception);
        }
    }
}
