using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using KmsTools.Cryptography;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>Makes an estate of YAML nodes, and notes all that is wrong with them.</summary>
internal sealed partial class EstateReader(List<EstateError> errors)
{
    private const int Version = 1;
    private const int MaxPolicyParts = 20_000;

    /// <summary>The estate; only good for use when no error was noted.</summary>
    public Estate? Read(YamlNode root)
    {
        if (YamlObject.Of(root, "estate", errors) is not { } estate)
        {
            return null;
        }

        if (estate.Number("version") is { } version && version.Value != Version)
        {
            estate.Error(version.Position, $"This version reads version {Version} of the format, not {version}.");
        }

        return new Estate
        {
            Clusters = estate.Parts("clusters", "cluster", Cluster),
            KeyStores = estate.Parts("keyStores", "keyStore", KeyStore),
            Keys = estate.Parts("keys", "key", Key),
            Alarms = estate.Parts("alarms", "alarm", Alarm),
        };
    }

    private EstateCluster? Cluster(YamlObject cluster)
    {
        cluster.Require("id");
        cluster.Require("tokens");
        Located<string>? id = cluster.Text("id");
        if (id is not null && !ClusterIdPattern().IsMatch(id.Value))
        {
            cluster.Error(id.Position, "The ID of a cluster reads cluster- and 11 to 16 characters of 2-7, a-z and A-Z.");
        }

        Located<string>? library = cluster.Text("library");
        ImmutableArray<EstateToken> tokens = cluster.TextsOrParts("tokens", "token", static label => new EstateToken(label), Token);
        if (cluster.Node("tokens") is YamlList { Items.IsEmpty: true } empty)
        {
            cluster.Error(empty.Position, "A cluster has at least one token.");
        }

        // URIs name their libraries themselves.
        if (!cluster.Has("library") && tokens.Any(static token => token.IsUri) && tokens.All(static token => token.IsUri))
        {
            library = new Located<string>("", cluster.Position);
        }
        else
        {
            cluster.Require("library");
        }

        EstatePin? pin = Pin(cluster);
        Located<string>? certificate = cluster.Text("trustAnchorCertificate");
        Located<bool>? highAvailability = cluster.Flag("highAvailability");
        Located<bool>? managePassword = cluster.Flag("managePassword");
        Located<int>? commandsFromElsewhere = cluster.Number("commandsFromElsewhere");
        return id is null || library is null || tokens.IsEmpty ? null : new EstateCluster
        {
            Position = cluster.Position,
            Id = id,
            Library = library,
            Tokens = tokens,
            TrustAnchorCertificate = certificate,
            HighAvailability = highAvailability,
            ManagePassword = managePassword,
            CommandsFromElsewhere = commandsFromElsewhere,
            Pin = pin,
        };
    }

    private static EstateToken? Token(YamlObject token)
    {
        if (token.Has("uri"))
        {
            if (token.Has("label") || token.Has("library"))
            {
                token.Error(token.PositionOf("uri"), "Give either a uri, or a label with its library.");
            }

            return token.Text("uri") is { } uri ? new EstateToken(uri, IsUri: true) : null;
        }

        token.Require("label");
        Located<string>? label = token.Text("label");
        Located<string>? library = token.Text("library");
        return label is null ? null : new EstateToken(label, library);
    }

    private static EstatePin? Pin(YamlObject cluster)
    {
        if (cluster.Has("pin") && cluster.Has("pinFrom"))
        {
            cluster.Error(cluster.PositionOf("pinFrom"), "Give either pin or pinFrom.");
        }

        if (cluster.Text("pin") is { } clear)
        {
            return new EstatePin(clear.Position, EstatePinSource.Clear, Clear: Secret.TakeOver(Encoding.UTF8.GetBytes(clear.Value)));
        }

        if (cluster.Part("pinFrom", "pinFrom") is not { } source)
        {
            return null;
        }

        Located<string>? variable = source.Text("environment");
        Located<string>? file = source.Text("file");
        Located<bool>? prompt = source.Flag("prompt");
        if (new[] { source.Has("environment"), source.Has("file"), source.Has("prompt") }.Count(static given => given) != 1 || prompt is { Value: false })
        {
            source.Error(source.Position, "A pinFrom has one of environment (the name of a variable), file (a path) and prompt (true).");
        }

        return variable is not null ? new EstatePin(variable.Position, EstatePinSource.Environment, variable.Value)
            : file is not null ? new EstatePin(file.Position, EstatePinSource.File, file.Value)
            : new EstatePin(source.Position, EstatePinSource.Prompt);
    }

    private static EstateKeyStore? KeyStore(YamlObject store)
    {
        store.Require("name");
        store.Require("cluster");
        Located<string>? name = store.Text("name");
        Located<string>? cluster = store.Text("cluster");
        Located<string>? region = Region(store);
        Located<bool>? connected = store.Flag("connected");
        return name is null || cluster is null ? null : new EstateKeyStore
        {
            Position = store.Position,
            Name = name,
            Cluster = cluster,
            Region = region,
            Connected = connected,
        };
    }

    private EstateKey Key(YamlObject key) => Settings(key) with
    {
        Id = key.Text("id"),
        Spec = key.Name<KeySpec>("spec"),
        Usage = key.Name<KeyUsageType>("usage"),
        Origin = key.Name<OriginType>("origin"),
        Material = Material(key),
        MultiRegion = key.Flag("multiRegion"),
        KeyStore = key.Text("keyStore"),
        Rotation = Rotation(key),
        Replicas = key.Parts("replicas", "replica", Replica),
    };

    private EstateKey? Replica(YamlObject replica)
    {
        replica.Require("region");
        EstateKey settings = Settings(replica);
        return settings.Region is null ? null : settings;
    }

    // What a key and a replica have in common.
    private EstateKey Settings(YamlObject key) => new()
    {
        Position = key.Position,
        Region = Region(key),
        Aliases = key.Texts("aliases"),
        Description = key.Text("description"),
        Enabled = key.Flag("enabled"),
        Policy = Policy(key),
        BypassPolicyLockoutSafetyCheck = key.Flag("bypassPolicyLockoutSafetyCheck"),
        Tags = [.. key.Pairs("tags").Select(static pair => new EstateTag(pair.Position, pair.Key, pair.Value))],
        Grants = key.Parts("grants", "grant", Grant),
    };

    private static Located<string>? Region(YamlObject part)
    {
        Located<string>? region = part.Text("region");
        if (region is not null && !RegionPattern().IsMatch(region.Value))
        {
            part.Error(region.Position, $"'{region}' is no name of a Region, such as us-east-1.");
        }

        return region;
    }

    // The text of a secret is in no message.
    private static EstateMaterial? Material(YamlObject key)
    {
        if (key.Part("material", "material") is not { } material)
        {
            return null;
        }

        Located<string>? hex = material.Text("hex");
        Located<string>? base64 = material.Text("base64");
        if (material.Has("hex") == material.Has("base64"))
        {
            material.Error(material.Position, "A material has one of hex and base64.");
            return null;
        }

        try
        {
            return hex is not null ? new EstateMaterial(hex.Position, Secret.TakeOver(Convert.FromHexString(WithoutSpace(hex.Value))))
                : base64 is not null ? new EstateMaterial(base64.Position, Secret.TakeOver(Convert.FromBase64String(base64.Value)))
                : null;
        }
        catch (FormatException)
        {
            material.Error((hex ?? base64)!.Position, hex is not null ? "This is not an even number of hexadecimal digits." : "This is not base64.");
            return null;
        }
    }

    private static string WithoutSpace(string text) => string.Concat(text.Where(static c => !char.IsWhiteSpace(c)));

    private static EstateRotation? Rotation(YamlObject key)
    {
        if (key.Part("rotation", "rotation") is not { } rotation)
        {
            return null;
        }

        Located<bool>? enabled = rotation.Flag("enabled");
        Located<int>? period = rotation.Number("periodInDays");
        return new EstateRotation(period?.Position ?? enabled?.Position ?? rotation.Position, enabled?.Value ?? true, period?.Value);
    }

    private EstateGrant? Grant(YamlObject grant)
    {
        grant.Require("operations");
        if (!grant.Has("grantee") && !grant.Has("granteeService"))
        {
            grant.Error(grant.Position, "A grant needs a grantee, or a granteeService.");
        }

        ImmutableArray<Located<GrantOperation>> operations = grant.Names<GrantOperation>("operations");
        if (grant.Node("operations") is YamlList { Items.IsEmpty: true } empty)
        {
            grant.Error(empty.Position, "A grant permits at least one operation.");
        }

        return new EstateGrant
        {
            Position = grant.Position,
            Name = grant.Text("name"),
            Grantee = grant.Text("grantee"),
            GranteeService = grant.Text("granteeService"),
            Retiring = grant.Text("retiring"),
            RetiringService = grant.Text("retiringService"),
            Operations = operations,
            Constraints = Constraints(grant),
        };
    }

    private static Located<GrantConstraints>? Constraints(YamlObject grant) => grant.Part("constraints", "constraints") is { } constraints
        ? new Located<GrantConstraints>(
            new GrantConstraints
            {
                EncryptionContextSubset = Context(constraints, "encryptionContextSubset"),
                EncryptionContextEquals = Context(constraints, "encryptionContextEquals"),
                SourceArn = constraints.Text("sourceArn")?.Value,
            },
            constraints.Position)
        : null;

    private static Dictionary<string, string>? Context(YamlObject constraints, string member) =>
        constraints.Has(member) ? constraints.Pairs(member).ToDictionary(static pair => pair.Key, static pair => pair.Value) : null;

    private static EstateAlarm? Alarm(YamlObject alarm)
    {
        alarm.Require("name");
        alarm.Require("event");
        if (alarm.Has("key") && alarm.Has("keyStore"))
        {
            alarm.Error(alarm.PositionOf("keyStore"), "Give either key or keyStore.");
        }
        else if (alarm.Has("region") && !alarm.Has("key") && !alarm.Has("keyStore"))
        {
            alarm.Error(alarm.PositionOf("region"), "The region of an alarm is that of its key or keyStore. Without them it watches all Regions.");
        }

        Located<string>? name = alarm.Text("name");
        Located<AlarmEvent>? watched = alarm.Name<AlarmEvent>("event");
        Located<string>? region = Region(alarm);
        Located<string>? key = alarm.Text("key");
        Located<string>? keyStore = alarm.Text("keyStore");
        Located<int>? threshold = alarm.Number("threshold");
        return name is null || watched is null ? null : new EstateAlarm
        {
            Position = alarm.Position,
            Name = name,
            Event = watched,
            Region = region,
            Key = key,
            KeyStore = keyStore,
            Threshold = threshold,
        };
    }

    // Either the JSON text itself, or the same as YAML.
    private static Located<string>? Policy(YamlObject key)
    {
        switch (key.Node("policy"))
        {
            case null:
                return null;
            case YamlMap map:
                using (var stream = new MemoryStream())
                {
                    using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
                    {
                        int parts = 0;
                        if (!TryWrite(writer, map, ref parts))
                        {
                            key.Error(map.Position, "This policy is far too large.");
                            return null;
                        }
                    }

                    return new Located<string>(Encoding.UTF8.GetString(stream.ToArray()), map.Position);
                }

            default:
                return key.Text("policy");
        }
    }

    // Aliases of aliases can make much of little.
    private static bool TryWrite(Utf8JsonWriter writer, YamlNode node, ref int parts)
    {
        if (++parts > MaxPolicyParts)
        {
            return false;
        }

        switch (node)
        {
            case YamlMap map:
                writer.WriteStartObject();
                foreach (YamlEntry entry in map.Entries)
                {
                    writer.WritePropertyName(entry.Key);
                    if (!TryWrite(writer, entry.Value, ref parts))
                    {
                        return false;
                    }
                }

                writer.WriteEndObject();
                break;
            case YamlList list:
                writer.WriteStartArray();
                foreach (YamlNode item in list.Items)
                {
                    if (!TryWrite(writer, item, ref parts))
                    {
                        return false;
                    }
                }

                writer.WriteEndArray();
                break;
            case YamlText { IsNull: true }:
                writer.WriteNullValue();
                break;
            case YamlText { Flag: { } flag }:
                writer.WriteBooleanValue(flag);
                break;
            case YamlText { IsPlain: true } text when long.TryParse(text.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                && number.ToString(CultureInfo.InvariantCulture) == text.Text:
                // Account IDs are text in policies, and too long digits or leading zeros are no numbers.
                if (text.Text.Length == 12)
                {
                    writer.WriteStringValue(text.Text);
                }
                else
                {
                    writer.WriteNumberValue(number);
                }

                break;
            case YamlText text:
                writer.WriteStringValue(text.Text);
                break;
        }

        return true;
    }

    [GeneratedRegex("^cluster-[2-7a-zA-Z]{11,16}\\z")]
    private static partial Regex ClusterIdPattern();

    [GeneratedRegex("^[a-z0-9-]{1,32}\\z")]
    private static partial Regex RegionPattern();
}
