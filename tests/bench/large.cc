// SPDX-License-Identifier: GPL-2.0-or-later
// A C++ file that becomes a hundred times as much DWARF: the same containers and algorithms of
// many types. The types are the file's own, so that copies of it are not folded into one.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>
namespace
{
template <int N> struct item {
	int key;
	std::string text;
	bool operator<(const item &o) const
	{
		return key < o.key || (key == o.key && text < o.text);
	}
	bool operator==(const item &o) const
	{
		return key == o.key && text == o.text;
	}
};
template <int N> struct hasher {
	size_t operator()(const item<N> &i) const
	{
		return std::hash<std::string>()(i.text) + i.key;
	}
};
template <int N> struct use {
	std::map<item<N>, std::vector<item<N>>> map;
	std::unordered_map<item<N>, std::set<item<N>>, hasher<N>> table;
	std::vector<std::variant<item<N>, std::shared_ptr<item<N>>, std::optional<item<N>>>> any;
	std::function<int(const item<N> &)> call;
	int run(int x)
	{
		std::vector<item<N>> all;
		for (int i = 0; i < x; i++)
			all.push_back({i * N, std::to_string(i + N)});
		std::sort(all.begin(), all.end());
		std::stable_sort(all.begin(), all.end(), [](auto &a, auto &b) { return b < a; });
		all.erase(std::unique(all.begin(), all.end()), all.end());
		for (auto &i : all) {
			map[i].push_back(i);
			table[i].insert(i);
			any.push_back(i);
			any.push_back(std::make_shared<item<N>>(i));
		}
		call = [this](const item<N> &i) { return int(map.size() + table.size()) + i.key; };
		int sum = 0;
		for (auto &v : any)
			std::visit([&](auto &w) { sum += sizeof(w) + x; }, v);
		for (auto &[k, v] : map)
			sum += call(k) + int(v.size());
		auto copy = all;
		std::rotate(copy.begin(), copy.begin() + copy.size() / 2, copy.end());
		std::partial_sort(copy.begin(), copy.begin() + copy.size() / 3, copy.end());
		return sum + int(std::count_if(copy.begin(), copy.end(),
					       [&](auto &i) { return i.key > x; }));
	}
};
template <int... N> int all_of(std::integer_sequence<int, N...>, int x)
{
	return (use<N>().run(x + N) + ... + 0);
}
} // namespace
int entry(int x)
{
	return all_of(std::make_integer_sequence<int, TYPES>(), x);
}
