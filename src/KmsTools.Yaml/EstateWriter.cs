using System.Globalization;
using System.Text.RegularExpressions;
using KmsTools.Estates;
using KmsTools.KeyStores;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace KmsTools.Yaml;

/// <summary>Writes estates, each part with its members in the order of <see cref="EstateMembers"/>. Never writes a secret.</summary>
internal sealed partial class EstateWriter
{
    private readonly Emitter _emitter;

    private EstateWriter(TextWriter writer) => _emitter = new Emitter(
        writer, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024, skipAnchorName: false, indentSequences: true, newLine: "\n"));

    /// <summary>The estate as text.</summary>
    public static string Write(Estate estate, string? schema)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        if (schema is not null)
        {
            text.Write($"# yaml-language-server: $schema={schema}\n");
        }

        var writer = new EstateWriter(text);
        writer.Emit(new StreamStart());
        writer.Emit(new DocumentStart(null, null, isImplicit: true));
        writer.Map(() =>
        {
            writer.Member("version", "1");
            writer.List("clusters", estate.Clusters, writer.Write);
            writer.List("keyStores", estate.KeyStores, writer.Write);
            writer.List("keys", estate.Keys, writer.Write);
            writer.List("alarms", estate.Alarms, writer.Write);
        });
        writer.Emit(new DocumentEnd(isImplicit: true));
        writer.Emit(new StreamEnd());
        return text.ToString();
    }

    private void Write(EstateCluster cluster)
    {
        Text("id", cluster.Id);
        Text("library", cluster.Library.Value.Length == 0 ? null : cluster.Library);
        Write(cluster.Tokens);
        Text("trustAnchorCertificate", cluster.TrustAnchorCertificate);
        Flag("highAvailability", cluster.HighAvailability);
        Flag("managePassword", cluster.ManagePassword);
        Number("commandsFromElsewhere", cluster.CommandsFromElsewhere);
        if (cluster.Pin is { Source: not EstatePinSource.Clear } pin)
        {
            Member("pinFrom", () =>
            {
                if (pin.Source == EstatePinSource.Prompt)
                {
                    Member("prompt", "true");
                }
                else
                {
                    Text(pin.Source == EstatePinSource.File ? "file" : "environment", new Located<string>(pin.Name));
                }
            });
        }
    }

    private void Write(IReadOnlyCollection<EstateToken> tokens)
    {
        if (tokens.All(static token => token.Library is null && !token.IsUri))
        {
            Texts("tokens", tokens.Select(static token => token.Label));
            return;
        }

        Plain("tokens");
        Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
        foreach (EstateToken token in tokens)
        {
            if (token.IsUri)
            {
                Map(() => Text("uri", new Located<string>(HsmUri.WithoutPin(token.Label.Value))));
            }
            else if (token.Library is null)
            {
                Text(token.Label.Value);
            }
            else
            {
                Map(() =>
                {
                    Text("label", token.Label);
                    Text("library", token.Library);
                });
            }
        }

        Emit(new SequenceEnd());
    }

    private void Write(EstateKeyStore store)
    {
        Text("name", store.Name);
        Text("region", store.Region);
        Text("cluster", store.Cluster);
        Flag("connected", store.Connected);
    }

    private void Write(EstateKey key)
    {
        Text("id", key.Id);
        Text("region", key.Region);
        Texts("aliases", key.Aliases);
        Text("description", key.Description);
        Text("spec", Named(key.Spec));
        Text("usage", Named(key.Usage));
        Text("origin", Named(key.Origin));
        Flag("multiRegion", key.MultiRegion);
        Text("keyStore", key.KeyStore);
        Flag("enabled", key.Enabled);
        if (key.Rotation is { } rotation)
        {
            Member("rotation", () =>
            {
                Member("enabled", rotation.Enabled ? "true" : "false");
                if (rotation.PeriodInDays is { } period)
                {
                    Member("periodInDays", period.ToString(CultureInfo.InvariantCulture));
                }
            });
        }

        Text("policy", key.Policy);
        Flag("bypassPolicyLockoutSafetyCheck", key.BypassPolicyLockoutSafetyCheck);
        Pairs("tags", key.Tags.ToDictionary(static tag => tag.Key, static tag => tag.Value));
        List("grants", key.Grants, Write);
        List("replicas", key.Replicas, Write);
    }

    private void Write(EstateGrant grant)
    {
        Text("name", grant.Name);
        Text("grantee", grant.Grantee);
        Text("granteeService", grant.GranteeService);
        Text("retiring", grant.Retiring);
        Text("retiringService", grant.RetiringService);
        Texts("operations", grant.Operations.Select(static operation => new Located<string>(operation.Value.ToString())));
        if (grant.Constraints?.Value is { } constraints)
        {
            Member("constraints", () =>
            {
                Pairs("encryptionContextSubset", constraints.EncryptionContextSubset);
                Pairs("encryptionContextEquals", constraints.EncryptionContextEquals);
                Text("sourceArn", constraints.SourceArn is { } arn ? new Located<string>(arn) : null);
            });
        }
    }

    private void Write(EstateAlarm alarm)
    {
        Text("name", alarm.Name);
        Text("event", Named(alarm.Event));
        Text("region", alarm.Region);
        Text("key", alarm.Key);
        Text("keyStore", alarm.KeyStore);
        Number("threshold", alarm.Threshold);
    }

    private static Located<string>? Named<T>(Located<T>? value)
        where T : struct, Enum => value is null ? null : new Located<string>(value.Value.ToString());

    private void List<T>(string member, IEnumerable<T> items, Action<T> write)
    {
        if (items.Any())
        {
            Plain(member);
            Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
            foreach (T item in items)
            {
                Map(() => write(item));
            }

            Emit(new SequenceEnd());
        }
    }

    private void Texts(string member, IEnumerable<Located<string>> texts)
    {
        if (texts.Any())
        {
            Plain(member);
            Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Flow));
            foreach (Located<string> text in texts)
            {
                Text(text.Value);
            }

            Emit(new SequenceEnd());
        }
    }

    private void Pairs(string member, IReadOnlyDictionary<string, string>? pairs)
    {
        if (pairs is { Count: > 0 })
        {
            Member(member, () =>
            {
                foreach ((string name, string value) in pairs)
                {
                    Text(name);
                    Text(value);
                }
            });
        }
    }

    private void Text(string member, Located<string>? text)
    {
        if (text is not null)
        {
            Plain(member);
            Text(text.Value);
        }
    }

    private void Flag(string member, Located<bool>? flag)
    {
        if (flag is not null)
        {
            Member(member, flag.Value ? "true" : "false");
        }
    }

    private void Number(string member, Located<int>? number)
    {
        if (number is not null)
        {
            Member(member, number.Value.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void Member(string member, string plain)
    {
        Plain(member);
        Plain(plain);
    }

    private void Member(string member, Action write)
    {
        Plain(member);
        Map(write);
    }

    private void Map(Action write)
    {
        Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));
        write();
        Emit(new MappingEnd());
    }

    private void Plain(string text) => Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, ScalarStyle.Plain, isPlainImplicit: true, isQuotedImplicit: false));

    // Text that other readers would take for something else is quoted; text of several lines keeps its lines where YAML can.
    private void Text(string text)
    {
        ScalarStyle style = !IsPrintable(text) || Ambiguous().IsMatch(text) || text.Trim() != text || text.Contains(": ", StringComparison.Ordinal) || text.Contains(" #", StringComparison.Ordinal)
            ? text.Contains('\n', StringComparison.Ordinal) && IsPrintable(text) && !NoBlock().IsMatch(text) ? ScalarStyle.Literal : ScalarStyle.DoubleQuoted
            : text.Contains('\n', StringComparison.Ordinal) ? NoBlock().IsMatch(text) ? ScalarStyle.DoubleQuoted : ScalarStyle.Literal
            : ScalarStyle.Any;
        Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: true, isQuotedImplicit: true));
    }

    private static bool IsPrintable(string text) => text.All(static c => c == '\n' || (!char.IsControl(c) && !char.IsSurrogate(c) && c is not ('\u0085' or '\u2028' or '\u2029' or '\uFEFF')));

    private void Emit(ParsingEvent part) => _emitter.Emit(part);

    // What the core schema of YAML 1.2, or YAML 1.1, takes for null, a truth value, a number, a date or a merge.
    [GeneratedRegex(@"^(|~|null|true|false|yes|no|on|off|y|n|<<|=|[-+.]?[0-9][0-9a-fx_.:eET+Z -]*|[-+]?\.(inf|nan))\z", RegexOptions.IgnoreCase)]
    private static partial Regex Ambiguous();

    // A block cannot say that its first line begins with a space or that it ends with several line ends.
    [GeneratedRegex(@"\A[ \n]|\n\n\z|[ \t]\n|[ \t]\z")]
    private static partial Regex NoBlock();
}
