using System.Reflection;
using Newtonsoft.Json;

namespace KmsTools.Json;

/// <summary>
/// Writes enumerations of KmsTools as their names where ConvertTo-Json would write numbers: AWS knows its values by name only.
/// </summary>
/// <remarks>
/// ConvertTo-Json passes enumerations to the serializer as they are, and has no setting for a single type. The serializer's defaults are
/// those of the process, so this converter adds itself to the existing ones, and handles only the enumerations of one assembly.
/// </remarks>
internal sealed class EnumNames(Assembly owner) : JsonConverter
{
    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <summary>Adds the converter to the defaults of the process.</summary>
    /// <param name="owner">The assembly whose enumerations are written as names.</param>
    public static void Install(Assembly owner)
    {
        Func<JsonSerializerSettings>? before = JsonConvert.DefaultSettings;
        JsonConvert.DefaultSettings = () =>
        {
            JsonSerializerSettings settings = before?.Invoke() ?? new JsonSerializerSettings();
            settings.Converters.Add(new EnumNames(owner));
            return settings;
        };
    }

    /// <inheritdoc/>
    public override bool CanConvert(Type objectType) =>
        (Nullable.GetUnderlyingType(objectType) ?? objectType) is { IsEnum: true } enumeration && enumeration.Assembly == owner;

    /// <inheritdoc/>
    public override object? ReadJson(JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer) => writer.WriteValue(value?.ToString());
}
