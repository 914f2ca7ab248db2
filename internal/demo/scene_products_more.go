package demo

func (rd *Renderer) shoeBox(s *subject) {
	half, height, side := s.between(780, 880), s.between(620, 760), s.between(300, 400)
	lid := height * 34 / 100
	// front, right-hand side, top of the lid
	rd.polygon(-half, -height, half-side, -height+40, half-side, 30, -half, -20)
	rd.fill(rd.across(fade(s.colour, 104, 84), -half, half-side))
	rd.polygon(half-side, -height+40, half+side/2, -height-60, half+side/2, -130, half-side, 30)
	rd.fill(rd.across(fade(s.colour, 58, 48), half-side, half+side/2))
	rd.polygon(-half-30, -height-40, -half+side+60, -height-300, half+side/2+40, -height-260, half-side+20, -height+10)
	rd.fill(rd.across(fade(s.accent, 130, 104), -half, half))
	rd.polygon(-half-30, -height-40, half-side+20, -height+10, half-side+20, -height+10+lid, -half-30, -height-40+lid)
	rd.fill(rd.across(fade(s.accent, 106, 86), -half, half-side))
	rd.polygon(half-side+20, -height+10, half+side/2+40, -height-260+170, half+side/2+40, -height-90+lid, half-side+20, -height+10+lid)
	rd.fill(rd.across(fade(s.accent, 60, 50), half-side, half+side/2))
	rd.polygon(half-side+20, -height-60, half+side/2+40, -height-270, half+side/2+40, -height-80, half-side+20, -height+12)
	rd.fill(rd.across(fade(s.accent, 64, 54), half-side, half+side/2))
	rd.polygon(-half-30, -height-40+lid, half-side+20, -height+10+lid, half-side, -height+60+lid, -half, -height+10+lid)
	shade := solid(rgb{10, 8, 8}, 90)
	rd.fill(shade)
	label := box{-half + 130, -height + lid + 70, -half + 130 + 620, -60}
	rd.rounded(label, 18)
	rd.paper(s, label, rd.across(fade(s.label, 102, 92), label.left, label.right))
}

func (rd *Renderer) book(s *subject) {
	half, height, spine := s.between(560, 640), s.between(1750, 1980), s.between(150, 230)
	// pages on the right, top of the block, cover, spine
	rd.polygon(half, -height+30, half+90, -height+110, half+90, -110, half, -10)
	rd.fill(rd.across(newRamp(stop{0, rgb{0xb8, 0xb0, 0xa2}}, stop{128, rgb{0xee, 0xe9, 0xde}}, stop{255, rgb{0xc9, 0xc1, 0xb2}}), half, half+90))
	rd.polygon(-half, -height, half, -height, half, 20, -half, 20)
	rd.fill(rd.across(fade(s.colour, 112, 86), -half, half))
	rd.polygon(-half-spine, -height+70, -half, -height, -half, 20, -half-spine, -60)
	rd.fill(rd.across(fade(s.colour, 52, 70), -half-spine, -half))
	rd.polygon(-half, -height, -half+28, -height, -half+28, 20, -half, 20)
	rd.fill(solid(rgb{255, 255, 255}, 46))
	rd.polygon(-half+60, -height, -half+84, -height, -half+84, 20, -half+60, 20)
	rd.fill(solid(rgb{0, 0, 0}, 50))
	rd.bookCover(s, half, height)
}

// bookCover prints the picture and the title of a book.
func (rd *Renderer) bookCover(s *subject, half, height int) {
	middle := -height * 66 / 100
	switch s.r.IntN(3) {
	case 0:
		rd.ellipse(50, middle, half*58/100, half*58/100, false)
		rd.fill(rd.down(fade(s.accent, 130, 76), middle-half/2, middle+half/2))
		rd.ellipse(50+half/4, middle+half/8, half*26/100, half*26/100, false)
		rd.fill(solid(s.label, 220))
	case 1:
		for i := range 5 {
			y := middle - half/2 + i*half/4
			rd.rounded(box{-half + 190, y, half - 110 - i*half/7, y + half/7}, half/16)
			rd.fill(rd.across(fade(mix(s.accent, s.label, i*50), 112, 88), -half, half))
		}
	default:
		rd.polygon(-half+190, middle+half/2, 0, middle-half/2, half/2, middle+half/3, half/2+60, middle+half/2)
		rd.fill(rd.down(fade(s.accent, 130, 70), middle-half/2, middle+half/2))
		rd.polygon(-half/8, middle+half/2, half/2, middle-half/6, half-100, middle+half/2)
		rd.fill(rd.down(fade(s.label, 104, 60), middle-half/4, middle+half/2))
	}
	label := box{-half + 170, -height * 36 / 100, half - 80, -height * 36 / 100 * 40 / 100}
	rd.rounded(label, 14)
	rd.paper(s, label, rd.across(fade(s.label, 104, 92), label.left, label.right))
}

func (rd *Renderer) lamp(s *subject) {
	shade, height := s.between(620, 720), s.between(2150, 2350)
	top, depth := shade*s.between(52, 66)/100, s.between(760, 900)
	rd.glow(0, -height+depth/2, shade*2, depth*3/2, 90, rgb{0xff, 0xf2, 0xd8})
	rd.barrel(box{-46, -height + depth - 60, 46, -90}, 8)
	rd.fill(rd.across(metal(s.accent), -46, 46))
	rd.ellipse(0, -560, 190, 230, false)
	rd.fill(rd.across(round(s.colour), -190, 190))
	rd.gleam(box{-118, -700, -84, -470}, 130)
	rd.ellipse(0, -30, 430, 74, false)
	rd.fill(rd.across(metal(s.accent), -430, 430))
	rd.ellipse(0, -62, 424, 66, false)
	rd.fill(rd.across(fade(s.accent, 132, 84), -430, 430))
	cloth := mix(s.label, rgb{0xff, 0xf4, 0xe0}, 120)
	rd.move(-top, -height)
	rd.curve(-top/2, -height+26, top/2, -height+26, top, -height)
	rd.line(shade, -height+depth)
	rd.curve(shade/2, -height+depth+70, -shade/2, -height+depth+70, -shade, -height+depth)
	rd.close()
	rd.fill(rd.across(newRamp(stop{0, lit(cloth, 72)}, stop{90, lit(cloth, 122)}, stop{150, lit(cloth, 114)}, stop{255, lit(cloth, 66)}), -shade, shade))
	rd.glow(0, -height+depth*60/100, shade*70/100, depth*45/100, 150, rgb{0xff, 0xfa, 0xea})
	rd.tag(s, 470, -430)
}

// tag hangs the paper tag of a thing that has no room for a label.
func (rd *Renderer) tag(s *subject, x, y int) {
	b := box{x - 230, y - 190, x + 230, y + 190}
	rd.polygon(b.left+20, b.top+24, b.right+22, b.top+24, b.right+22, b.bottom+22, b.left+20, b.bottom+22)
	rd.fill(solid(rgb{20, 16, 14}, 60))
	rd.rounded(b, 30)
	rd.paper(s, b, rd.across(fade(s.label, 104, 94), b.left, b.right))
	rd.ellipse(x, b.top+34, 20, 20, false)
	rd.fill(solid(rgb{0x6a, 0x5a, 0x48}, 256))
}

func (rd *Renderer) bag(s *subject) {
	half, height, drop := s.between(700, 790), s.between(1350, 1550), s.between(520, 640)
	for _, handle := range []struct{ dy, light int }{{40, 55}, {-10, 96}} {
		rd.ellipse(0, -height+handle.dy+60, half*46/100, drop, false)
		rd.ellipse(0, -height+handle.dy+60, half*46/100-70, drop-70, true)
		rd.fill(rd.across(fade(s.accent, handle.light, handle.light*7/10), -half/2, half/2))
	}
	rd.move(-half*88/100, -height)
	rd.curve(-half/2, -height+50, half/2, -height-30, half*88/100, -height+20)
	rd.curve(half*92/100, -height/2, half, -height/3, half, -60)
	rd.curve(half*80/100, 50, -half*80/100, 50, -half, -40)
	rd.curve(-half, -height/3, -half*94/100, -height/2, -half*88/100, -height)
	rd.close()
	rd.fill(rd.across(newRamp(stop{0, lit(s.colour, 80)}, stop{60, lit(s.colour, 114)}, stop{120, lit(s.colour, 98)},
		stop{150, lit(s.colour, 102)}, stop{220, lit(s.colour, 70)}, stop{255, lit(s.colour, 58)}), -half, half))
	dark := rgb{20, 16, 14}
	rd.glow(-half*55/100, -height*30/100, half*14/100, height*38/100, 46, dark)
	rd.glow(half*48/100, -height*46/100, half*10/100, height*40/100, 52, dark)
	rd.glow(0, -40, half*80/100, 200, 60, dark)
	label := box{-half * 48 / 100, -height * 62 / 100, half * 48 / 100, -height*62/100 + half*62/100}
	rd.rounded(label, 24)
	rd.paper(s, label, rd.across(fade(s.label, 102, 90), label.left, label.right))
}

func (rd *Renderer) headphones(s *subject) {
	reach, height := s.between(640, 720), s.between(1750, 1900)
	foot := -height * 42 / 100
	rd.arch(foot, point{reach, height + foot}, point{reach - 70, height + foot - 110})
	rd.fill(rd.across(metal(s.accent), -reach, reach))
	rd.arch(foot*11/10, point{reach - 60, height + foot*11/10 - 50}, point{reach - 130, height + foot*11/10 - 190})
	rd.fill(rd.across(round(lit(s.colour, 80)), -reach, reach))
	for _, side := range []int{-1, 1} {
		x := side * (reach - 60)
		rd.rounded(box{x - 190, -height * 50 / 100, x + 190, -20}, 180)
		rd.fill(rd.across(round(lit(s.colour, 62)), x-190, x+190))
		rd.rounded(box{x - 130 + side*70, -height*50/100 + 90, x + 130 + side*70, -110}, 128)
		rd.fill(rd.across(round(s.accent), x-130+side*70, x+130+side*70))
		rd.gleam(box{x - 60 + side*70, -height*50/100 + 190, x - 34 + side*70, -330}, 120)
	}
	rd.tag(s, 0, -330)
}

func (rd *Renderer) pouch(s *subject) {
	half, height := s.between(600, 680), s.between(1850, 2100)
	rd.move(-half*94/100, -height)
	rd.line(half*94/100, -height)
	rd.curve(half*90/100, -height*70/100, half, -height/3, half, -30)
	rd.curve(half*60/100, 46, -half*60/100, 46, -half, -30)
	rd.curve(-half, -height/3, -half*90/100, -height*70/100, -half*94/100, -height)
	rd.close()
	rd.fill(rd.across(newRamp(stop{0, lit(s.colour, 66)}, stop{30, lit(s.colour, 120)}, stop{60, lit(s.colour, 98)},
		stop{140, lit(s.colour, 104)}, stop{205, lit(s.colour, 76)}, stop{232, lit(s.colour, 92)}, stop{255, lit(s.colour, 52)}), -half, half))
	for i := range 6 { // the seal's ribs
		y := -height + 24 + i*28
		rd.polygon(-half*93/100, y, half*93/100, y, half*93/100, y+12, -half*93/100, y+12)
		rd.fill(solid(rgb{0, 0, 0}, 44))
	}
	rd.glow(-half*40/100, -height*16/100, half*60/100, height*14/100, 60, rgb{20, 16, 14})
	rd.glow(half*30/100, -height*82/100, half*60/100, height*9/100, 54, rgb{255, 255, 255})
	rd.ellipse(0, -height*83/100, 62, 62, false)
	rd.fill(rd.across(metal(s.accent), -62, 62))
	label := box{-half * 66 / 100, -height * 68 / 100, half * 66 / 100, -height*68/100 + half*88/100}
	rd.rounded(label, 20)
	rd.paper(s, label, rd.across(fade(s.label, 104, 88), label.left, label.right))
	band := box{-half * 66 / 100, -height * 20 / 100, half * 66 / 100, -height * 15 / 100}
	rd.rounded(band, 30)
	rd.fill(rd.across(fade(s.accent, 108, 84), band.left, band.right))
}

func (rd *Renderer) cushion(s *subject) {
	half, height := s.between(840, 930), s.between(1300, 1480)
	rd.move(-half, -height)
	rd.curve(-half/2, -height+130, half/2, -height+130, half, -height)
	rd.curve(half-110, -height*2/3, half-110, -height/3, half, 10)
	rd.curve(half/2, 20, -half/2, 20, -half, 10)
	rd.curve(-half+110, -height/3, -half+110, -height*2/3, -half, -height)
	rd.close()
	rd.fill(rd.across(newRamp(stop{0, lit(s.colour, 84)}, stop{80, lit(s.colour, 112)}, stop{170, lit(s.colour, 90)}, stop{255, lit(s.colour, 58)}), -half, half))
	stripe := s.between(70, 120)
	for x := -half * 60 / 100; x < half*60/100; x += stripe * 3 {
		rd.move(x, -height+60)
		rd.curve(x-x/8, -height*2/3, x-x/8, -height/3, x, 12)
		rd.line(x+stripe, 12)
		rd.curve(x+stripe-x/8, -height/3, x+stripe-x/8, -height*2/3, x+stripe, -height+60)
		rd.close()
		p := rd.across(fade(s.accent, 110, 70), -half, half)
		p.alpha = 170
		rd.fill(p)
	}
	rd.glow(-half*25/100, -height*62/100, half*55/100, height*38/100, 70, rgb{255, 255, 255})
	rd.glow(0, 20, half, height*34/100, 120, rgb{20, 16, 14})
	rd.tag(s, half*52/100, -height*30/100)
}

func (rd *Renderer) dropper(s *subject) {
	half, height := s.between(330, 400), s.between(1150, 1320)
	glass := mix(s.colour, rgb{0x7a, 0x3d, 0x12}, 110)
	rd.rounded(box{-half, -height, half, 30}, 110)
	rd.fill(rd.across(round(glass), -half, half))
	rd.gleam(box{-half * 74 / 100, -height + 130, -half * 60 / 100, -110}, 140)
	label := box{-half + 20, -height + 320, half - 20, -170}
	rd.barrel(label, 16)
	rd.paper(s, label, rd.across(labelRound(s.label), -half, half))
	neck := half * 46 / 100
	rd.barrel(box{-neck, -height - 90, neck, -height + 20}, 12)
	rd.fill(rd.across(round(glass), -neck, neck))
	rd.barrel(box{-neck - 60, -height - 370, neck + 60, -height - 60}, 26)
	rd.fill(rd.across(metal(s.accent), -neck-60, neck+60))
	bulb := neck * 80 / 100
	rd.move(-bulb, -height-370)
	rd.curve(-bulb-30, -height-560, -bulb*70/100, -height-820, 0, -height-820)
	rd.curve(bulb*70/100, -height-820, bulb+30, -height-560, bulb, -height-370)
	rd.close()
	rd.fill(rd.across(round(rgb{0x36, 0x34, 0x33}), -bulb, bulb))
	rd.gleam(box{-bulb * 58 / 100, -height - 690, -bulb * 36 / 100, -height - 460}, 90)
}
